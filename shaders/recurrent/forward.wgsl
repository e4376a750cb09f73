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
  var v = vec4<f32>();
  for (var i = 0u; i < 4u; i++) {
    v[i] = in0(${X_OFFSET} + t * ${X_TIME} + sequence(block, i) * ${X_BATCH} + column * ${X_COLUMN});
  }
  return v;
}

#if ${KEEP}
fn keep(t: u32, block: u32, column: u32, v: vec4<f32>, live: vec4<bool>) {
  let kept = select(vec4<f32>(), v, live);
  for (var i = 0u; i < rows_of(block); i++) {
    out2((t * BATCH + 4u * block + i) * SAVED + column, kept[i]);
  }
}
#endif

#if ${RELU}
fn relu(x: f32) -> f32 {
  return select(x, 0.0, is_negative(x));
}
#endif

/** The new h of a unit, and where it goes. */
fn store_h(step: u32, block: u32, u: u32, before: vec4<f32>, after: vec4<f32>, ahead: u32) {
  let t = time_of(step);
  let live = live_at(t, block);
  let output = select(vec4<f32>(), after, live);
  let h = select(before, after, live);
  ${H}[ahead] = h;
  for (var i = 0u; i < rows_of(block); i++) {
    out0((t * BATCH + 4u * block + i) * STATE + u, output[i]);
    if (step == TIME - 1u) {
      out1((4u * block + i) * FINAL + u, h[i]);
    }
  }
#if ${KEEP}
  keep(t, block, ${KEPT}u * HIDDEN + u, before, live);
#endif
}

/** The new h of a unit, not projected yet. `sums`: W_hh·h by gate. */
fn turn(step: u32, block: u32, u: u32, sums: array<vec4<f32>, ${GATES}>, before: vec4<f32>, c_at: u32) -> vec4<f32> {
  let t = time_of(step);
  let live = live_at(t, block);
#if ${LSTM}
  let i = sigmoid4(brought(t, block, u) + sums[0]);
  let f = sigmoid4(brought(t, block, HIDDEN + u) + sums[1]);
  let g = tanh4(brought(t, block, 2u * HIDDEN + u) + sums[2]);
  let o = sigmoid4(brought(t, block, 3u * HIDDEN + u) + sums[3]);
  let c_before = ${C}[c_at];
  let next = f * c_before + i * g;
  let c = select(c_before, next, live);
  ${C}[c_at] = c;
  if (step == TIME - 1u) {
    for (var n = 0u; n < rows_of(block); n++) {
      out1((4u * block + n) * FINAL + STATE + u, c[n]);
    }
  }
#if ${KEEP}
  keep(t, block, u, i, live);
  keep(t, block, HIDDEN + u, f, live);
  keep(t, block, 2u * HIDDEN + u, g, live);
  keep(t, block, 3u * HIDDEN + u, o, live);
  keep(t, block, 4u * HIDDEN + u, c_before, live);
#endif
  return o * tanh4(next);
#elif ${GRU}
#if ${BIAS}
  let inner = sums[2] + in4(bias_at(2u * HIDDEN + u));
  let r = sigmoid4(brought(t, block, u) + (sums[0] + in4(bias_at(u))));
  let z = sigmoid4(brought(t, block, HIDDEN + u) + (sums[1] + in4(bias_at(HIDDEN + u))));
#else
  let inner = sums[2];
  let r = sigmoid4(brought(t, block, u) + sums[0]);
  let z = sigmoid4(brought(t, block, HIDDEN + u) + sums[1]);
#endif
  let n = tanh4(brought(t, block, 2u * HIDDEN + u) + r * inner);
#if ${KEEP}
  keep(t, block, u, r, live);
  keep(t, block, HIDDEN + u, z, live);
  keep(t, block, 2u * HIDDEN + u, n, live);
  keep(t, block, 3u * HIDDEN + u, inner, live);
#endif
  return n + z * (before - n);
#else
  let sum = brought(t, block, u) + sums[0];
#if ${RELU}
  let h = vec4(relu(sum.x), relu(sum.y), relu(sum.z), relu(sum.w));
#else
  let h = tanh4(sum);
#endif
#if ${KEEP}
  keep(t, block, u, h, live);
#endif
  return h;
#endif
}

fn advance(thread: u32, lane: u32, cell: u32, first_unit: u32, end_unit: u32, step: u32) {
  let first_block = cell * R;
#if ${SHARED}
  let behind = step % 2u * R * STATE;
  let ahead = (step + 1u) % 2u * R * STATE;
  let cells = 0u;
  let units = 0u;
#else
  let behind = (step % 2u * BLOCKS + first_block) * STATE;
  let ahead = ((step + 1u) % 2u * BLOCKS + first_block) * STATE;
  let cells = ${CELLS}u + first_block * HIDDEN;
  let units = ${UNITS}u + first_block * HIDDEN;
#endif
  for (var round = first_unit; round < end_unit; round += ROUND) {
    var all = product(behind, round + thread, lane);
    for (var part = 0u; part < ${PER_THREAD}u * R; part++) {
      let u = round + thread + part / R * WIDTH;
      let r = part % R;
      if (u < end_unit) {
        var sums = array<vec4<f32>, ${GATES}>();
        for (var g = 0u; g < ${GATES}u; g++) {
          sums[g] = all[(part / R * ${GATES}u + g) * R + r];
        }
#if ${PROJECTED}
        ${UNIT_ROWS}[units + r * HIDDEN + u] =
          turn(step, first_block + r, u, sums, vec4<f32>(), cells + r * HIDDEN + u);
#else
        let before = ${H}[behind + r * STATE + u];
        let after = turn(step, first_block + r, u, sums, before, cells + r * HIDDEN + u);
        store_h(step, first_block + r, u, before, after, ahead + r * STATE + u);
#endif
      }
    }
  }
#if ${PROJECTED}
  wait_for_all();
  for (var round = 0u; round < STATE; round += ${PROJECTION_ROUND}u) {
    var all = project(units, round + thread, lane);
    for (var part = 0u; part < ${PROJECTION_PER_THREAD}u * R; part++) {
      let u = round + thread + part / R * WIDTH;
      let r = part % R;
      if (u < STATE) {
        store_h(step, first_block + r, u, ${H}[behind + r * STATE + u], all[part], ahead + r * STATE + u);
      }
    }
  }
#endif
  wait_for_all();
}

#if ${SHARED}
/** The state before a step, from where the dispatch before left it. */
fn take_up(thread: u32, cell: u32, step: u32) {
  for (var e = thread; e < R * STATE; e += WIDTH) {
    h_rows[step % 2u * R * STATE + e] = carry[cell * R * STATE + e];
  }
#if ${LSTM}
  for (var e = thread; e < R * HIDDEN; e += WIDTH) {
    c_rows[e] = carry[${CELLS}u + cell * R * HIDDEN + e];
  }
#endif
}

#if ${CHUNKED}
fn lay_down(thread: u32, cell: u32, step: u32) {
  for (var e = thread; e < R * STATE; e += WIDTH) {
    carry[cell * R * STATE + e] = h_rows[step % 2u * R * STATE + e];
  }
#if ${LSTM}
  for (var e = thread; e < R * HIDDEN; e += WIDTH) {
    carry[${CELLS}u + cell * R * HIDDEN + e] = c_rows[e];
  }
#endif
}
#endif
#endif
