// A convolution without workgroup memory: each thread keeps TM channels × TX neighbouring positions of the result in registers,
// and loads each input that they share once. x: positions (and, past what z takes, images), y: channels, z: images.
${HEADER}

const CHANNELS = ${CHANNELS}u;
const ROWS = ${ROWS}u;
const ROW_BLOCKS = ${ROW_BLOCKS}u;
// Positions that this dispatch computes, and the blocks of TX in a row of them.
const U = ${U}u;
const V = ${V}u;
const V_BLOCKS = ${V_BLOCKS}u;
const IMAGES = ${IMAGES}u;
const HEIGHT = ${HEIGHT}u;
const WIDTH = ${WIDTH}u;

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let cell = group.x * ${THREADS}u + thread;
  let v = cell % V_BLOCKS * ${TX}u;
#if ${FOLDED}
  let u = cell / V_BLOCKS % U;
  let image = group.z + cell / (V_BLOCKS * U) * ${IMAGES_Z}u;
  let exists = image < IMAGES;
#else
  let u = cell / V_BLOCKS;
  let image = group.z;
  let exists = u < U;
#endif
  let section = group.y / ROW_BLOCKS;
  let row = group.y % ROW_BLOCKS * ${TM}u;

  // Coordinates in the input wrap around below zero, so that one comparison finds both ends of the padding.
  let y = min(u, U - 1u) * ${STEP_Y}u + ${START_Y};
  let x = v * ${STEP_X}u + ${START_X};
  let input = ${INPUT_OFFSET} + min(image, IMAGES - 1u) * ${IMAGE_STRIDE} + section * ${SECTION_STRIDE};
#repeat s ${SPAN}
  let inside$s = x + $su < WIDTH;
  let x$s = select(0u, x + $su, inside$s) * ${X_STRIDE};
#end
#repeat i ${TM}
  let w$i = ${WEIGHT_OFFSET} + section * ${WEIGHT_SECTION} + min(row + $iu, ROWS - 1u) * ${WEIGHT_ROW};
#end
#repeat i ${TM}
#repeat j ${TX}
  var c$i_$j = 0f;
#end
#end
  for (var c = 0u; c < CHANNELS; c++) {
    let plane = input + c * ${CHANNEL_STRIDE};
#if ${LOOP_Y}
    for (var ky = 0u; ky < ${TAPS_Y}u; ky++) {
      let y0 = y + ky * ${DILATION_Y}u;
      let weights0 = c * ${WEIGHT_CHANNEL} + ky * ${WEIGHT_Y};
#else
    {
#repeat k ${TAPS_Y}
      let y$k = y + $ku * ${DILATION_Y}u;
      let weights$k = c * ${WEIGHT_CHANNEL} + $ku * ${WEIGHT_Y};
#end
#endif
#repeat k ${UNROLLED_Y}
      let above$k = y$k < HEIGHT;
      let line$k = plane + select(0u, y$k, above$k) * ${Y_STRIDE};
#repeat s ${SPAN}
#if ${PADDED}
      let v$k_$s = select(0f, in0(line$k + x$s), above$k & inside$s);
#else
      let v$k_$s = in0(line$k + x$s);
#endif
#end
#repeat t ${TAPS_X}
#repeat i ${TM}
      let f$k_$t_$i = in1(w$i + weights$k + $tu * ${WEIGHT_X});
#repeat j ${TX}
      c$i_$j += f$k_$t_$i * v$k_$(j*${STEP_X}+t*${DILATION_X});
#end
#end
#end
#end
    }
  }

  if (exists) {
    let first = ((image * ${SECTIONS}u + section) * ROWS + row) * ${PLANE}u + (u * ${OUT_STEP_Y}u + ${OUT_START_Y}u) * ${OUT_WIDTH}u + v * ${OUT_STEP_X}u + ${OUT_START_X}u;
#repeat i ${TM}
#repeat j ${TX}
    if ((row + $iu < ROWS) & (v + $ju < V)) {
      out0(first + $iu * ${PLANE}u + $ju * ${OUT_STEP_X}u, c$i_$j);
    }
#end
#end
  }
}
