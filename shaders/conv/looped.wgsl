// A convolution with any number of taps, for large kernels and for the backward pass of large strides. The positions of the
// result fall into phases, one per remainder by OUT_STEP, each with its own taps: tap FIRST + t · TAP_STEP reads the input at
// position · STEP + START + t · DILATION, for t < COUNT.
${HEADER}

const CHANNELS = ${CHANNELS}u;
const ROWS = ${ROWS}u;
const ROW_BLOCKS = ${ROW_BLOCKS}u;
const PHASES_Y = ${PHASES_Y}u;
const PHASES_X = ${PHASES_X}u;
const U = ${U}u;
const V_BLOCKS = ${V_BLOCKS}u;
const IMAGES = ${IMAGES}u;
const HEIGHT = ${HEIGHT}u;
const WIDTH = ${WIDTH}u;
const FIRST_Y = array<u32, PHASES_Y>(${FIRST_Y});
const FIRST_X = array<u32, PHASES_X>(${FIRST_X});
const COUNT_Y = array<u32, PHASES_Y>(${COUNT_Y});
const COUNT_X = array<u32, PHASES_X>(${COUNT_X});
// Below zero they wrap around, as all coordinates do: one comparison finds both ends of the padding.
const START_Y = array<u32, PHASES_Y>(${START_Y});
const START_X = array<u32, PHASES_X>(${START_X});

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let cell = (group.x + group.y * ${GROUPS_X}u) * ${THREADS}u + thread;
  let v = cell % V_BLOCKS * ${TX}u;
  let phase_x = cell / V_BLOCKS % PHASES_X;
  let u = cell / (V_BLOCKS * PHASES_X) % U;
  let phase_y = cell / (V_BLOCKS * PHASES_X * U) % PHASES_Y;
  let place = cell / (V_BLOCKS * PHASES_X * U * PHASES_Y);
  let row = place % ROW_BLOCKS * ${TM}u;
  let section = place / ROW_BLOCKS % ${SECTIONS}u;
  let image = place / (ROW_BLOCKS * ${SECTIONS}u);

  let first_x = FIRST_X[phase_x];
  let first_y = FIRST_Y[phase_y];
  let count_x = COUNT_X[phase_x];
  let count_y = COUNT_Y[phase_y];
  let start_y = u * ${STEP_Y}u + START_Y[phase_y];
  let start_x = v * ${STEP_X}u + START_X[phase_x];
  let input = ${INPUT_OFFSET} + min(image, IMAGES - 1u) * ${IMAGE_STRIDE} + section * ${SECTION_STRIDE};
  let weight = ${WEIGHT_OFFSET} + section * ${WEIGHT_SECTION};
#repeat i ${TM}
  let w$i = weight + min(row + $iu, ROWS - 1u) * ${WEIGHT_ROW};
#end
#repeat i ${TM}
#repeat j ${TX}
  var c$i_$j = 0f;
#end
#end
  for (var c = 0u; c < CHANNELS; c++) {
    for (var ty = 0u; ty < count_y; ty++) {
      let y = start_y + ty * ${DILATION_Y}u;
      let line = input + c * ${CHANNEL_STRIDE} + select(0u, y, y < HEIGHT) * ${Y_STRIDE};
      for (var tx = 0u; tx < count_x; tx++) {
        let tap = c * ${WEIGHT_CHANNEL} + (first_y + ty * ${TAP_STEP_Y}) * ${WEIGHT_Y} + (first_x + tx * ${TAP_STEP_X}) * ${WEIGHT_X};
#repeat j ${TX}
        let x$j = start_x + $ju * ${STEP_X}u + tx * ${DILATION_X}u;
        let inside$j = (y < HEIGHT) & (x$j < WIDTH);
        let v$j = select(0f, in0(line + select(0u, x$j, inside$j) * ${X_STRIDE}), inside$j);
#end
#repeat i ${TM}
        let f$i = in1(w$i + tap);
#repeat j ${TX}
        c$i_$j += f$i * v$j;
#end
#end
      }
    }
  }

  let out_y = u * PHASES_Y + phase_y;
  if (image < IMAGES && out_y < ${OUT_HEIGHT}u) {
    let line = ((image * ${SECTIONS}u + section) * ROWS + row) * ${PLANE}u + out_y * ${OUT_WIDTH}u;
#repeat j ${TX}
    let x$j = (v + $ju) * PHASES_X + phase_x;
#repeat i ${TM}
    if ((row + $iu < ROWS) & (x$j < ${OUT_WIDTH}u)) {
      out0(line + $iu * ${PLANE}u + x$j, c$i_$j);
    }
#end
#end
  }
}
