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
  var v = vec4<f32>();
  for (var i = 0u; i < 4u; i++) {
    v[i] = in0(${SAVED_OFFSET} + t * ${SAVED_TIME} + sequence(block, i) * ${SAVED_BATCH} + column * ${SAVED_COLUMN});
  }
  return v;
}

#if ${OUTPUT_GRADIENT}
fn output_gradient(t: u32, block: u32, u: u32) -> vec4<f32> {
  var v = vec4<f32>();
  for (var i = 0u; i < 4u; i++) {
    v[i] = in2(${DY_OFFSET} + t * ${DY_TIME} + sequence(block, i) * ${DY_BATCH} + u * ${DY_COLUMN});
  }
  return v;
}
#endif

/** A gradient of a gate's sum: into out0, and for the product with W_hh. */
fn store_sum(t: u32, block: u32, column: u32, at: u32, v: vec4<f32>) {
  ${SUM_ROWS}[at + column] = v;
  for (var i = 0u; i < rows_of(block); i++) {
    out0((t * BATCH + 4u * block + i) * SUMS + column, v[i]);
  }
}

#if ${MORE}
fn store_more(t: u32, block: u32, column: u32, v: vec4<f32>) {
  for (var i = 0u; i < rows_of(block); i++) {
    out2((t * BATCH + 4u * block + i) * ${MORE_WIDTH}u + column, v[i]);
  }
}
#endif

fn store_first(block: u32, column: u32, v: vec4<f32>) {
  for (var i = 0u; i < rows_of(block); i++) {
    out1((4u * block + i) * FINAL + column, v[i]);
  }
}

/** All that reaches h of a step: `back` came through W_hh. */
fn arrive(step: u32, block: u32, u: u32, at: u32, back: vec4<f32>) -> vec4<f32> {
  var dh = ${DH}[at];
  if (step > 0u) {
    dh += select(vec4<f32>(), back, live_at(time_of(step - 1u), block));
  }
  if (step == TIME) {
    store_first(block, u, dh);
  } else {
#if ${OUTPUT_GRADIENT}
    let t = time_of(step);
    dh += select(vec4<f32>(), output_gradient(t, block, u), live_at(t, block));
#endif
  }
  return dh;
}

#if ${RELU}
fn through_relu(dy: f32, y: f32) -> f32 {
  return select(0.0, dy, is_positive(y) || is_nan(y));
}
#endif

/** The gradients of the gates of a unit, from that of what it gives; returns what reaches h before the step directly. */
fn turn(step: u32, block: u32, u: u32, dh: vec4<f32>, c_at: u32, sums_at: u32) -> vec4<f32> {
  let t = time_of(step);
  let live = live_at(t, block);
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
  let earlier = select(later, dc * f, live);
  ${DC}[c_at + u] = earlier;
  if (step == TIME - 1u) {
    store_first(block, STATE + u, earlier);
  }
  store_sum(t, block, u, sums_at, select(zero, dc * g * i * (one - i), live));
  store_sum(t, block, HIDDEN + u, sums_at, select(zero, dc * before * f * (one - f), live));
  store_sum(t, block, 2u * HIDDEN + u, sums_at, select(zero, dc * i * (one - g * g), live));
  store_sum(t, block, 3u * HIDDEN + u, sums_at, select(zero, dh * y * o * (one - o), live));
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
  store_sum(t, block, u, sums_at, dr);
  store_sum(t, block, HIDDEN + u, sums_at, dz);
  store_sum(t, block, 2u * HIDDEN + u, sums_at, to_n);
  ${SUM_ROWS}[sums_at + 2u * HIDDEN + u] = da;
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
  store_sum(t, block, u, sums_at, select(zero, sum, live));
  return zero;
#endif
}

fn advance(thread: u32, lane: u32, cell: u32, first_unit: u32, end_unit: u32, step: u32) {
  let first_block = cell * R;
#if ${SHARED}
  let states = 0u;
  let cells = 0u;
  let all_at = 0u;
  let behind = 0u;
  let ahead = 0u;
#else
  let states = first_block * STATE;
  let cells = ${CELLS}u + first_block * HIDDEN;
  let all_at = ${ALL}u + first_block * STATE;
  let behind = ${SUMS_AT}u + (step % 2u * BLOCKS + first_block) * SUMS;
  let ahead = ${SUMS_AT}u + ((step + 1u) % 2u * BLOCKS + first_block) * SUMS;
#endif
#if ${SPLIT}
  let end_state = end_unit;
#else
  let end_state = STATE;
#endif
  for (var round = first_unit; round < end_state; round += ROUND) {
    var all = back_through(behind, round + thread, lane);
    for (var part = 0u; part < ${PER_THREAD}u * R; part++) {
      let u = round + thread + part / R * WIDTH;
      let r = part % R;
      if (u < end_state) {
        let block = first_block + r;
        let at = states + r * STATE + u;
        let dh = arrive(step, block, u, at, all[part]);
#if ${PROJECTED}
        if (step < TIME) {
          let t = time_of(step);
          let live = live_at(t, block);
          ${ALL_ROWS}[all_at + r * STATE + u] = dh;
          store_more(t, block, u, select(vec4<f32>(), dh, live));
          // All of it goes on through the projection.
          ${DH}[at] = select(dh, vec4<f32>(), live);
        }
#else
        ${DH}[at] = dh;
#endif
      }
    }
  }
  wait_for_all();
  if (step < TIME) {
#if ${PROJECTED}
    for (var round = 0u; round < HIDDEN; round += ${UNIT_ROUND}u) {
      var all = unproject(all_at, round + thread, lane);
      for (var part = 0u; part < ${UNITS_PER_THREAD}u * R; part++) {
        let u = round + thread + part / R * WIDTH;
        let r = part % R;
        if (u < HIDDEN) {
          turn(step, first_block + r, u, all[part], cells + r * HIDDEN, ahead + r * SUMS);
        }
      }
    }
#else
    for (var u = first_unit + thread; u < end_unit; u += WIDTH) {
      for (var r = 0u; r < R; r++) {
        let at = states + r * STATE + u;
        let dh = ${DH}[at];
        let direct = turn(step, first_block + r, u, dh, cells + r * HIDDEN, ahead + r * SUMS);
        ${DH}[at] = select(dh, direct, live_at(time_of(step), first_block + r));
      }
    }
#endif
  }
  wait_for_all();
}

#if ${SHARED}
/** The gradients of the state, from where the dispatch before left them. */
fn take_up(thread: u32, cell: u32, step: u32) {
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
}

#if ${CHUNKED}
fn lay_down(thread: u32, cell: u32, step: u32) {
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
}
#endif
#endif
