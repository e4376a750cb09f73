// The image of a convolution as operand ${NAME} for matmul/tile.wgsl: pixels (image, u, v) against taps (channel, ty, tx).
// Coordinates wrap around below zero, so that one comparison finds both ends of the padding.
${BASE}

// What a pixel adds to the position, to y and to x.
fn ${NAME}_pixel(i: u32) -> vec3<u32> {
  let y = i / ${COLUMNS}u % ${ROWS}u * ${STEP_Y}u + ${START_Y};
  let x = i % ${COLUMNS}u * ${STEP_X}u + ${START_X};
  return vec3(i / (${COLUMNS}u * ${ROWS}u) * ${IMAGE_STRIDE} + y * ${Y_STRIDE} + x * ${X_STRIDE}, y, x);
}

fn ${NAME}_tap(i: u32) -> vec3<u32> {
  let y = i / ${TAPS_X}u % ${TAPS_Y}u * ${DILATION_Y}u;
  let x = i % ${TAPS_X}u * ${DILATION_X}u;
  return vec3(i / (${TAPS_X}u * ${TAPS_Y}u) * ${CHANNEL_STRIDE} + y * ${Y_STRIDE} + x * ${X_STRIDE}, y, x);
}

fn ${NAME}_at(base: u32, place: vec3<u32>, exists: bool) -> f32 {
  let inside = exists & (place.y < ${HEIGHT}u) & (place.z < ${WIDTH}u);
  return select(0f, ${LOAD}(base + select(0u, place.x, inside)), inside);
}

fn load_${NAME}(base: u32, outer: u32, k: u32) -> mat4x4<f32> {
#repeat n 4
#if ${PIXELS_OUTER}
  let o$n = ${NAME}_pixel(min(outer + $nu, ${OUTER_SIZE}u - 1u));
  let s$n = ${NAME}_tap(k + $nu);
#else
  let o$n = ${NAME}_tap(min(outer + $nu, ${OUTER_SIZE}u - 1u));
  let s$n = ${NAME}_pixel(k + $nu);
#endif
  let e$n = k + $nu < ${K}u;
#end
  return mat4x4(
#repeat i 4
#repeat n 4
    ${NAME}_at(base, o$n + s$i, e$i),
#end
#end
  );
}
