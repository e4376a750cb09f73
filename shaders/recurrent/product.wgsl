// Σ_k weight(g, u, k)·x(k) for the four sequences of each vec4 of x, for PER_THREAD outputs u, u + WIDTH … and all banks g of
// each, R blocks of four sequences. Result (j, g, r) is number (j·BANKS + g)·R + r.
fn ${NAME}(x: u32, u: u32, lane: u32) -> array<vec4<f32>, ${SUMS}> {
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
#repeat r ${R}
  var c$j_$g_$r = vec4<f32>();
#end
#end
#end
#if ${VECTOR}
  for (var k = 0u; k < ${WHOLE}u; k += 4u) {
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
    let w$j_$g = weights[${OFFSET}u + (k / 4u * ${BANKS}u + $gu) * ${OUTPUTS}u + u + $ju * WIDTH];
#end
#end
#repeat q 4
#repeat r ${R}
    let x$q_$r = ${X}[x + $ru * ${STEPS}u + k + $qu];
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
    c$j_$g_$r += w$j_$g[$q] * x$q_$r;
#end
#end
#end
#end
  }
#if ${REST}
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
  let w$j_$g = weights[${OFFSET}u + (${WHOLE}u / 4u * ${BANKS}u + $gu) * ${OUTPUTS}u + u + $ju * WIDTH];
#end
#end
#repeat q ${REST}
#repeat r ${R}
  let x$q_$r = ${X}[x + $ru * ${STEPS}u + ${WHOLE}u + $qu];
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
  c$j_$g_$r += w$j_$g[$q] * x$q_$r;
#end
#end
#end
#end
#endif
#else
  // Four threads walk together: each loads every fourth x and hands it to the others.
  for (var k = 0u; k < ${WHOLE}u; k += 4u) {
#repeat r ${R}
    let own$r = ${X}[x + $ru * ${STEPS}u + k + lane];
#end
#repeat q 4
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
    let w$q_$j_$g = weights[${OFFSET}u + ((k + $qu) * ${BANKS}u + $gu) * ${OUTPUTS}u + u + $ju * WIDTH];
#end
#end
#repeat r ${R}
    let x$q_$r = subgroupBroadcast(own$r, $qu);
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
    c$j_$g_$r += w$q_$j_$g * x$q_$r;
#end
#end
#end
#end
  }
#if ${REST}
#repeat r ${R}
  let own$r = ${X}[x + $ru * ${STEPS}u + min(${WHOLE}u + lane, ${STEPS}u - 1u)];
#end
#repeat q ${REST}
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
  let w$q_$j_$g = weights[${OFFSET}u + (${WHOLE}u + $qu) * ${PER_STEP}u + $gu * ${OUTPUTS}u + u + $ju * WIDTH];
#end
#end
#repeat r ${R}
  let x$q_$r = subgroupBroadcast(own$r, $qu);
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
  c$j_$g_$r += w$q_$j_$g * x$q_$r;
#end
#end
#end
#end
#endif
#endif
  return array<vec4<f32>, ${SUMS}>(
#repeat j ${PER_THREAD}
#repeat g ${BANKS}
#repeat r ${R}
    c$j_$g_$r,
#end
#end
#end
  );
}
