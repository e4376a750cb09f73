// The gradient of a recurrent layer, against the direction of its walk: step 0 is the walk's last. At each step first what comes
// back through W_hh from the step before, then the gradients of the gates. out0 is the gradient of what the input brought, out1
// that of the first state, out2 of a GRU's product or of a projecting LSTM's h.
#if ${LANES}
enable subgroups;
#endif
${HEADER}
${WALK}

const SUMS = ${GATES}u * HIDDEN;
#if ${SHARED}
var<workgroup> dh_rows: array<vec4<f32>, R * STATE>;
#if ${LSTM}
var<workgroup> dc_rows: array<vec4<f32>, R * HIDDEN>;
#endif
#if ${PROJECTED}
var<workgroup> all_rows: array<vec4<f32>, R * STATE>;
#endif
/** Gradients of W_hh·h. */
var<workgroup> sum_rows: array<vec4<f32>, R * SUMS>;
#endif

${PRODUCTS}

/** What was kept of a step, by column. */
fn kept(t: u32, block: u32, column: u32) -> vec4<f32> {
  let at = ${SAVED_OFFSET} + t * ${SAVED_TIME} + column * ${SAVED_COLUMN};
  return vec4(
    in0(at + sequence(block, 0u) * ${SAVED_BATCH}),
    in0(at + sequence(block, 1u) * ${SAVED_BATCH}),
    in0(at + sequence(block, 2u) * ${SAVED_BATCH}),
    in0(at + sequence(block, 3u) * ${SAVED_BATCH}),
  );
}

#if ${OUTPUT_GRADIENT}
fn output_gradient(t: u32, block: u32, u: u32) -> vec4<f32> {
  let at = ${DY_OFFSET} + t * ${DY_TIME} + u * ${DY_COLUMN};
  return vec4(
    in2(at + sequence(block, 0u) * ${DY_BATCH}),
    in2(at + sequence(block, 1u) * ${DY_BATCH}),
    in2(at + sequence(block, 2u) * ${DY_BATCH}),
    in2(at + sequence(block, 3u) * ${DY_BATCH}),
  );
}
#endif

fn store_sum(t: u32, block: u32, column: u32, v: vec4<f32>) {
#repeat i 4
  if (4u * block + $iu < BATCH) {
    out0((t * BATCH + 4u * block + $iu) * SUMS + column, v[$i]);
  }
#end
}

#if ${MORE}
fn store_more(t: u32, block: u32, column: u32, v: vec4<f32>) {
#repeat i 4
  if (4u * block + $iu < BATCH) {
    out2((t * BATCH + 4u * block + $iu) * ${MORE_WIDTH}u + column, v[$i]);
  }
#end
}
#endif

/** All that reaches h of a step: `back` came through W_hh. */
fn arrive(step: u32, block: u32, u: u32, at: u32, back: vec4<f32>) {
  var dh = ${DH}[at];
  if (step > 0u) {
    dh += select(vec4<f32>(), back, live_at(time_of(step - 1u), block));
  }
  if (step == TIME) {
#repeat i 4
    if (4u * block + $iu < BATCH) {
      out1((4u * block + $iu) * FINAL + u, dh[$i]);
    }
#end
    return;
  }
#if ${OUTPUT_GRADIENT}
  let t = time_of(step);
  dh += select(vec4<f32>(), output_gradient(t, block, u), live_at(t, block));
#endif
  ${DH}[at] = dh;
}

/** The gradients of the gates of a unit, from that of what it gives. The second result is what reaches h before the step directly. */
fn turn(step: u32, t: u32, block: u32, u: u32, dh: vec4<f32>, live: vec4<bool>, c_at: u32, sums_at: u32) -> vec4<f32> {
  let zero = vec4<f32>();
  let one = vec4(1.0);
#if ${LSTM}
  let i = kept(t, block, u);
  let f = kept(t, block, HIDDEN + u);
  let g = kept(t, block, 2u * HIDDEN + u);
  let o = kept(t, block, 3u * HIDDEN + u);
  let before = kept(t, block, 4u * HIDDEN + u);
  let y = tanh4(f * before + i * g);
  let later = ${DC}[c_at + u];
  let dc = later + dh * o * (one - y * y);
  let di = select(zero, dc * g * i * (one - i), live);
  let df = select(zero, dc * before * f * (one - f), live);
  let dg = select(zero, dc * i * (one - g * g), live);
  let d_o = select(zero, dh * y * o * (one - o), live);
  let earlier = select(later, dc * f, live);
  ${DC}[c_at + u] = earlier;
  if (step == TIME - 1u) {
#repeat i 4
    if (4u * block + $iu < BATCH) {
      out1((4u * block + $iu) * FINAL + STATE + u, earlier[$i]);
    }
#end
  }
  ${SUM_ROWS}[sums_at + u] = di;
  ${SUM_ROWS}[sums_at + HIDDEN + u] = df;
  ${SUM_ROWS}[sums_at + 2u * HIDDEN + u] = dg;
  ${SUM_ROWS}[sums_at + 3u * HIDDEN + u] = d_o;
  store_sum(t, block, u, di);
  store_sum(t, block, HIDDEN + u, df);
  store_sum(t, block, 2u * HIDDEN + u, dg);
  store_sum(t, block, 3u * HIDDEN + u, d_o);
  return zero;
#elif ${GRU}
  let r = kept(t, block, u);
  let z = kept(t, block, HIDDEN + u);
  let n = kept(t, block, 2u * HIDDEN + u);
  let inner = kept(t, block, 3u * HIDDEN + u);
  let before = kept(t, block, 4u * HIDDEN + u);
  let to_n = select(zero, dh * (one - z) * (one - n * n), live);
  let dz = select(zero, dh * (before - n) * z * (one - z), live);
  let dr = select(zero, to_n * inner * r * (one - r), live);
  let da = select(zero, to_n * r, live);
  ${SUM_ROWS}[sums_at + u] = dr;
  ${SUM_ROWS}[sums_at + HIDDEN + u] = dz;
  ${SUM_ROWS}[sums_at + 2u * HIDDEN + u] = da;
  store_sum(t, block, u, dr);
  store_sum(t, block, HIDDEN + u, dz);
  store_sum(t, block, 2u * HIDDEN + u, to_n);
  store_more(t, block, u, dr);
  store_more(t, block, HIDDEN + u, dz);
  store_more(t, block, 2u * HIDDEN + u, da);
  return dh * z;
#else
  let y = kept(t, block, u);
#if ${RELU}
  let sum = vec4(through_relu(dh.x, y.x), through_relu(dh.y, y.y), through_relu(dh.z, y.z), through_relu(dh.w, y.w));
#else
  let sum = dh * (one - y * y);
#endif
  let ds = select(zero, sum, live);
  ${SUM_ROWS}[sums_at + u] = ds;
  store_sum(t, block, u, ds);
  return zero;
#endif
}

#if ${RELU}
fn through_relu(dy: f32, y: f32) -> f32 {
  return select(0.0, dy, is_positive(y) || is_nan(y));
}
#endif

fn retreat(thread: u32, lane: u32, cell: u32, first_unit: u32, end_unit: u32, step: u32) {
  let first_block = cell * R;
#if ${SHARED}
  let states = 0u;
  let cells = 0u;
  let all = 0u;
  let from = 0u;
  let to = 0u;
#else
  let states = first_block * STATE;
  let cells = ${CELLS}u + first_block * HIDDEN;
  let all = ${ALL}u + first_block * STATE;
  let from = ${SUMS_AT}u + (step % 2u * BLOCKS + first_block) * SUMS;
  let to = ${SUMS_AT}u + ((step + 1u) % 2u * BLOCKS + first_block) * SUMS;
#endif
#if ${SPLIT}
  let end_state = end_unit;
#else
  let end_state = STATE;
#endif
  for (var round = first_unit; round < end_state; round += ROUND) {
    let first = round + thread;
    let back = back_through(from, first, lane);
#repeat j ${PER_THREAD}
    if (first + $ju * WIDTH < end_state) {
      let u = first + $ju * WIDTH;
#repeat r ${R}
      arrive(step, first_block + $ru, u, states + $ru * STATE + u, back[$(j*${R}+r)]);
#if ${PROJECTED}
      if (step < TIME) {
        let t = time_of(step);
        let live = live_at(t, first_block + $ru);
        let dh = ${DH}[states + $ru * STATE + u];
        ${ALL_ROWS}[all + $ru * STATE + u] = dh;
        store_more(t, first_block + $ru, u, select(vec4<f32>(), dh, live));
        // All of it goes on through the projection.
        ${DH}[states + $ru * STATE + u] = select(dh, vec4<f32>(), live);
      }
#endif
#end
    }
#end
  }
  wait_for_all();
  if (step < TIME) {
    let t = time_of(step);
    for (var round = first_unit; round < end_unit; round += ${UNIT_ROUND}u) {
      let first = round + thread;
#if ${PROJECTED}
      let given = unproject(all, first, lane);
#endif
#repeat j ${UNITS_PER_THREAD}
      if (first + $ju * WIDTH < end_unit) {
        let u = first + $ju * WIDTH;
#repeat r ${R}
        {
          let block = first_block + $ru;
          let live = live_at(t, block);
#if ${PROJECTED}
          turn(step, t, block, u, given[$(j*${R}+r)], live, cells + $ru * HIDDEN, to + $ru * SUMS);
#else
          let at = states + $ru * STATE + u;
          let dh = ${DH}[at];
          let direct = turn(step, t, block, u, dh, live, cells + $ru * HIDDEN, to + $ru * SUMS);
          ${DH}[at] = select(dh, direct, live);
#endif
        }
#end
      }
#end
    }
  }
  wait_for_all();
}

fn walk(thread: u32, lane: u32, number: u32) {
  let cell = number / TILES;
  let tile = number % TILES;
#if ${CHUNKED}
  let begin = first_step(thread);
  let end = min(begin + ${STEPS}u, TIME + 1u);
#else
  let begin = 0u;
  let end = TIME + 1u;
#endif
#if ${SHARED}
  for (var e = thread; e < R * STATE; e += WIDTH) {
    dh_rows[e] = carry[cell * R * STATE + e];
  }
#if ${LSTM}
  for (var e = thread; e < R * HIDDEN; e += WIDTH) {
    dc_rows[e] = carry[${CELLS}u + cell * R * HIDDEN + e];
  }
#endif
#if ${CHUNKED}
  for (var e = thread; e < R * SUMS; e += WIDTH) {
    sum_rows[e] = carry[${SUMS_AT}u + cell * R * SUMS + e];
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
    retreat(thread, lane, cell, first_unit, end_unit, step);
  }
#if ${CHUNKED}
#if ${SHARED}
  for (var e = thread; e < R * STATE; e += WIDTH) {
    carry[cell * R * STATE + e] = dh_rows[e];
  }
#if ${LSTM}
  for (var e = thread; e < R * HIDDEN; e += WIDTH) {
    carry[${CELLS}u + cell * R * HIDDEN + e] = dc_rows[e];
  }
#endif
  for (var e = thread; e < R * SUMS; e += WIDTH) {
    carry[${SUMS_AT}u + cell * R * SUMS + e] = sum_rows[e];
  }
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
