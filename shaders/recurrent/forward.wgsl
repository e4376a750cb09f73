// A recurrent layer, step by step: the gates from what the input brings and from W_hh·h, then the state. out0 is h, out1 the
// final state, out2 what backward needs.
#if ${LANES}
enable subgroups;
#endif
${HEADER}
${WALK}

#if ${SHARED}
// h before and after a step take turns.
var<workgroup> h_rows: array<vec4<f32>, 2u * R * STATE>;
#if ${LSTM}
var<workgroup> c_rows: array<vec4<f32>, R * HIDDEN>;
#endif
#if ${PROJECTED}
var<workgroup> unit_rows: array<vec4<f32>, R * HIDDEN>;
#endif
#endif

${PRODUCTS}

/** What the input brings to a column of the gates. */
fn brought(t: u32, block: u32, column: u32) -> vec4<f32> {
  let at = ${X_OFFSET} + t * ${X_TIME} + column * ${X_COLUMN};
  return vec4(
    in0(at + sequence(block, 0u) * ${X_BATCH}),
    in0(at + sequence(block, 1u) * ${X_BATCH}),
    in0(at + sequence(block, 2u) * ${X_BATCH}),
    in0(at + sequence(block, 3u) * ${X_BATCH}),
  );
}

#if ${KEEP}
fn keep(t: u32, block: u32, column: u32, v: vec4<f32>, live: vec4<bool>) {
  let kept = select(vec4<f32>(), v, live);
#repeat i 4
  if (4u * block + $iu < BATCH) {
    out2((t * BATCH + 4u * block + $iu) * SAVED + column, kept[$i]);
  }
#end
}
#endif

#if ${RELU}
fn relu(x: f32) -> f32 {
  return select(x, 0.0, is_negative(x));
}
#endif

/** The new h of a unit, and where it goes. */
fn store_h(step: u32, t: u32, block: u32, u: u32, before: vec4<f32>, after: vec4<f32>, live: vec4<bool>, to: u32) {
  let output = select(vec4<f32>(), after, live);
  let h = select(before, after, live);
  ${H}[to] = h;
#repeat i 4
  if (4u * block + $iu < BATCH) {
    out0((t * BATCH + 4u * block + $iu) * STATE + u, output[$i]);
    if (step == TIME - 1u) {
      out1((4u * block + $iu) * FINAL + u, h[$i]);
    }
  }
#end
#if ${KEEP}
  keep(t, block, ${KEPT}u * HIDDEN + u, before, live);
#endif
}

fn advance(thread: u32, lane: u32, cell: u32, first_unit: u32, end_unit: u32, step: u32) {
  let t = time_of(step);
  let first_block = cell * R;
#if ${SHARED}
  let from = step % 2u * R * STATE;
  let to = (step + 1u) % 2u * R * STATE;
  let cells = 0u;
  let units = 0u;
#else
  let from = (step % 2u * BLOCKS + first_block) * STATE;
  let to = ((step + 1u) % 2u * BLOCKS + first_block) * STATE;
  let cells = ${CELLS}u + first_block * HIDDEN;
  let units = ${UNITS}u + first_block * HIDDEN;
#endif
  for (var round = first_unit; round < end_unit; round += ROUND) {
    let first = round + thread;
    let sums = product(from, first, lane);
#repeat j ${PER_THREAD}
    if (first + $ju * WIDTH < end_unit) {
      let u = first + $ju * WIDTH;
#repeat r ${R}
      {
        let block = first_block + $ru;
        let live = live_at(t, block);
#if ${PROJECTED}
#else
        let before = ${H}[from + $ru * STATE + u];
#endif
#if ${LSTM}
        let i = sigmoid4(brought(t, block, u) + sums[$(j*${BANKS_R}+0*${R}+r)]);
        let f = sigmoid4(brought(t, block, HIDDEN + u) + sums[$(j*${BANKS_R}+1*${R}+r)]);
        let g = tanh4(brought(t, block, 2u * HIDDEN + u) + sums[$(j*${BANKS_R}+2*${R}+r)]);
        let o = sigmoid4(brought(t, block, 3u * HIDDEN + u) + sums[$(j*${BANKS_R}+3*${R}+r)]);
        let c_before = ${C}[cells + $ru * HIDDEN + u];
        let c_next = f * c_before + i * g;
        let c = select(c_before, c_next, live);
        ${C}[cells + $ru * HIDDEN + u] = c;
        let h = o * tanh4(c_next);
        if (step == TIME - 1u) {
#repeat i 4
          if (4u * block + $iu < BATCH) {
            out1((4u * block + $iu) * FINAL + STATE + u, c[$i]);
          }
#end
        }
#if ${KEEP}
        keep(t, block, u, i, live);
        keep(t, block, HIDDEN + u, f, live);
        keep(t, block, 2u * HIDDEN + u, g, live);
        keep(t, block, 3u * HIDDEN + u, o, live);
        keep(t, block, 4u * HIDDEN + u, c_before, live);
#endif
#elif ${GRU}
        let inner = sums[$(j*${BANKS_R}+2*${R}+r)]${BIAS_N};
        let reset = sigmoid4(brought(t, block, u) + (sums[$(j*${BANKS_R}+0*${R}+r)]${BIAS_R}));
        let update = sigmoid4(brought(t, block, HIDDEN + u) + (sums[$(j*${BANKS_R}+1*${R}+r)]${BIAS_Z}));
        let fresh = tanh4(brought(t, block, 2u * HIDDEN + u) + reset * inner);
        let h = fresh + update * (before - fresh);
#if ${KEEP}
        keep(t, block, u, reset, live);
        keep(t, block, HIDDEN + u, update, live);
        keep(t, block, 2u * HIDDEN + u, fresh, live);
        keep(t, block, 3u * HIDDEN + u, inner, live);
#endif
#else
        let sum = brought(t, block, u) + sums[$(j*${BANKS_R}+0*${R}+r)];
#if ${RELU}
        let h = vec4(relu(sum.x), relu(sum.y), relu(sum.z), relu(sum.w));
#else
        let h = tanh4(sum);
#endif
#if ${KEEP}
        keep(t, block, u, h, live);
#endif
#endif
#if ${PROJECTED}
        ${UNIT_ROWS}[units + $ru * HIDDEN + u] = h;
#else
        store_h(step, t, block, u, before, h, live, to + $ru * STATE + u);
#endif
      }
#end
    }
#end
  }
#if ${PROJECTED}
  wait_for_all();
  for (var round = 0u; round < STATE; round += ${PROJECTION_ROUND}u) {
    let first = round + thread;
    let sums = project(units, first, lane);
#repeat j ${PROJECTION_PER_THREAD}
    if (first + $ju * WIDTH < STATE) {
      let u = first + $ju * WIDTH;
#repeat r ${R}
      {
        let block = first_block + $ru;
        let before = ${H}[from + $ru * STATE + u];
        store_h(step, t, block, u, before, sums[$(j*${R}+r)], live_at(t, block), to + $ru * STATE + u);
      }
#end
    }
#end
  }
#endif
  wait_for_all();
}

fn walk(thread: u32, lane: u32, number: u32) {
  let cell = number / TILES;
  let tile = number % TILES;
#if ${CHUNKED}
  let begin = first_step(thread);
  let end = min(begin + ${STEPS}u, TIME);
#else
  let begin = 0u;
  let end = TIME;
#endif
#if ${SHARED}
  for (var e = thread; e < R * STATE; e += WIDTH) {
    h_rows[begin % 2u * R * STATE + e] = carry[cell * R * STATE + e];
  }
#if ${LSTM}
  for (var e = thread; e < R * HIDDEN; e += WIDTH) {
    c_rows[e] = carry[${CELLS}u + cell * R * HIDDEN + e];
  }
#endif
  wait_for_all();
#endif
#if ${SPLIT}
  let first_unit = tile * ROUND;
  let end_unit = min(first_unit + ROUND, HIDDEN);
#else
  let first_unit = 0u;
  let end_unit = HIDDEN;
#endif
  for (var step = begin; step < end; step++) {
    advance(thread, lane, cell, first_unit, end_unit, step);
  }
#if ${CHUNKED}
#if ${SHARED}
  for (var e = thread; e < R * STATE; e += WIDTH) {
    carry[cell * R * STATE + e] = h_rows[end % 2u * R * STATE + e];
  }
#if ${LSTM}
  for (var e = thread; e < R * HIDDEN; e += WIDTH) {
    carry[${CELLS}u + cell * R * HIDDEN + e] = c_rows[e];
  }
#endif
#endif
  count_steps(thread, ${STEPS}u);
#endif
}

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
#if ${LANES}
  @builtin(subgroup_invocation_id) lane: u32,
#endif
  @builtin(local_invocation_index) thread: u32,
) {
  let number = group.x + group.y * ${GROUPS_X}u;
  if (number < WORKGROUPS) {
#if ${LANES}
    walk(lane, lane, number);
#else
    walk(thread, 0u, number);
#endif
  }
}
