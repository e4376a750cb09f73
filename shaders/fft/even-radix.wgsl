  for (var i = thread; i < PER_GROUP * (N / ${RADIX}u); i += WIDTH) {
    let part = i % (N / ${RADIX}u);
    let k = part % ${BEFORE}u;
    let start = i / (N / ${RADIX}u) * PITCH + part;
    let to = start + (part - k) * (${RADIX}u - 1u);
    let v0 = ${FROM}[start];
#repeat r ${OTHERS}
#if ${FIRST}
    let v$r = ${FROM}[start + $ru * (N / ${RADIX}u)];
#else
    let v$r = product(${FROM}[start + $ru * (N / ${RADIX}u)], root(k * $ru, ${BEFORE}u * ${RADIX}u));
#endif
#end
#if ${FOUR}
    let a = v0 + v2;
    let b = v0 - v2;
    let c = v1 + v3;
    let d = turn(v1 - v3);
    ${TO}[to] = a + c;
    ${TO}[to + ${BEFORE}u] = b + d;
    ${TO}[to + 2u * ${BEFORE}u] = a - c;
    ${TO}[to + 3u * ${BEFORE}u] = b - d;
#else
    ${TO}[to] = v0 + v1;
    ${TO}[to + ${BEFORE}u] = v0 - v1;
#endif
  }
  workgroupBarrier();
