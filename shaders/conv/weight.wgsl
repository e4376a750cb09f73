// The gradient of a convolution's weight without workgroup memory. Each thread keeps TM × TC channels × some taps in registers
// and adds up over its share of the result's lines. x: shares, y: output channels, z: input channels and taps.
${HEADER}
#if ${PARTIAL}
@group(0) @binding(${PARTIAL_BINDING}) var<storage, read_write> partial: array<f32>;
#endif

const CHANNELS = ${CHANNELS}u;
const ROWS = ${ROWS}u;
const ROW_BLOCKS = ${ROW_BLOCKS}u;
const TAP_BLOCKS_Y = ${TAP_BLOCKS_Y}u;
const TAP_BLOCKS_X = ${TAP_BLOCKS_X}u;
const HEIGHT = ${HEIGHT}u;
const WIDTH = ${WIDTH}u;
const LINES = ${LINES}u;
const SHARE = ${SHARE}u;

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let part = group.x * ${THREADS}u + thread;
  let section = group.y / ROW_BLOCKS;
  let row = group.y % ROW_BLOCKS * ${TM}u;
  let tap_x = group.z % TAP_BLOCKS_X * ${TAPS_X}u;
  let tap_y = group.z / TAP_BLOCKS_X % TAP_BLOCKS_Y * ${TAPS_Y}u;
  let channel = group.z / (TAP_BLOCKS_X * TAP_BLOCKS_Y) * ${TC}u;

#repeat i ${TM}
  let d$i = ${GRADIENT_OFFSET} + (section * ROWS + min(row + $iu, ROWS - 1u)) * ${GRADIENT_CHANNEL};
#end
#repeat t ${TC}
  let i$t = ${INPUT_OFFSET} + (section * CHANNELS + min(channel + $tu, CHANNELS - 1u)) * ${CHANNEL_STRIDE};
#end
#repeat i ${TM}
#repeat t ${TC}
#repeat k ${TAPS_Y}
#repeat l ${TAPS_X}
  var c$i_$t_$k_$l = 0f;
#end
#end
#end
#end
  for (var line = part * SHARE; line < min(part * SHARE + SHARE, LINES); line++) {
    let image = line / ${U}u;
    let u = line % ${U}u;
    let gradient = image * ${GRADIENT_IMAGE} + u * ${GRADIENT_Y};
    // Coordinates wrap around below zero, so that one comparison finds both ends of the padding.
#repeat k ${TAPS_Y}
    let y$k = u * ${STEP_Y}u + ${START_Y} + (tap_y + $ku) * ${DILATION_Y}u;
    let above$k = y$k < HEIGHT;
    let line$k = image * ${IMAGE_STRIDE} + select(0u, y$k, above$k) * ${Y_STRIDE};
#end
    for (var v = 0u; v < ${WHOLE}u; v += ${TX}u) {
      let x = v * ${STEP_X}u + ${START_X} + tap_x * ${DILATION_X}u;
${STEP}
    }
#if ${REST}
    {
      let v = ${WHOLE}u;
      let x = v * ${STEP_X}u + ${START_X} + tap_x * ${DILATION_X}u;
${LAST_STEP}
    }
#endif
  }

#if ${PARTIAL}
  if (part < ${PARTS}u) {
#else
  if (part == 0u) {
#endif
#repeat i ${TM}
#repeat t ${TC}
#repeat k ${TAPS_Y}
#repeat l ${TAPS_X}
    if ((row + $iu < ROWS) & (channel + $tu < CHANNELS) & (tap_y + $ku < ${KERNEL_Y}u) & (tap_x + $lu < ${KERNEL_X}u)) {
      let e = (((section * ROWS + row + $iu) * CHANNELS + channel + $tu) * ${KERNEL_Y}u + tap_y + $ku) * ${KERNEL_X}u + tap_x + $lu;
#if ${PARTIAL}
      partial[part * ${SIZE}u + e] = c$i_$t_$k_$l;
#else
      out0(e, c$i_$t_$k_$l);
#endif
    }
#end
#end
#end
#end
  }
}
