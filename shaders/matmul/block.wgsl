// Operand ${NAME} of a contraction for tile.wgsl, where an element's position is the sum of what its outer position and its
// step contribute: FUNCTIONS gives ${NAME}_base(group), ${NAME}_outer(o) and ${NAME}_step(k).
${FUNCTIONS}

fn load_${NAME}(base: u32, outer: u32, k: u32) -> mat4x4<f32> {
#if ${ALONG_OUTER}
  // Outer positions come in whole, aligned fours.
  let p = base + ${NAME}_outer(min(outer, ${OUTER_SIZE}u - 4u));
#repeat i 4
  let v$i = ${LOAD}x4(p + ${NAME}_step(min(k + $iu, ${K}u - 1u)));
#end
#elif ${ALONG_K}
  // Steps do, so a block lies wholly inside or wholly beyond.
  let step = ${NAME}_step(min(k, ${K}u - 4u));
  let m = transpose(mat4x4(
#repeat i 4
    ${LOAD}x4(base + ${NAME}_outer(min(outer + $iu, ${OUTER_SIZE}u - 1u)) + step),
#end
  ));
#repeat i 4
  let v$i = m[$i];
#end
#else
#repeat n 4
  let o$n = base + ${NAME}_outer(min(outer + $nu, ${OUTER_SIZE}u - 1u));
#end
#repeat i 4
  let s$i = ${NAME}_step(min(k + $iu, ${K}u - 1u));
  let v$i = vec4(
#repeat n 4
    ${LOAD}(o$n + s$i),
#end
  );
#end
#endif
  return mat4x4(
#repeat i 4
    select(vec4<f32>(), v$i, k + $iu < ${K}u),
#end
  );
}
