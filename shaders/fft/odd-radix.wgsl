  // Inputs p and RADIX - p share their roots' cosines and, but for the sign, their sines.
  for (var i = thread; i < PER_GROUP * (N / ${RADIX}u); i += WIDTH) {
    let part = i % (N / ${RADIX}u);
    let k = part % ${BEFORE}u;
    let start = i / (N / ${RADIX}u) * PITCH + part;
    let to = start + (part - k) * (${RADIX}u - 1u);
    let v0 = ${FROM}[start];
    var total = v0;
#repeat p ${PAIRS}
#if ${FIRST}
    let low$p = ${FROM}[start + $pu * (N / ${RADIX}u)];
    let high$p = ${FROM}[start + (${RADIX}u - $pu) * (N / ${RADIX}u)];
#else
    let low$p = product(${FROM}[start + $pu * (N / ${RADIX}u)], root(k * $pu, ${BEFORE}u * ${RADIX}u));
    let high$p = product(
      ${FROM}[start + (${RADIX}u - $pu) * (N / ${RADIX}u)],
      root(k * (${RADIX}u - $pu), ${BEFORE}u * ${RADIX}u),
    );
#endif
    let sum$p = low$p + high$p;
    let gap$p = turn(low$p - high$p);
    total += sum$p;
#end
    ${TO}[to] = total;
#repeat q ${PAIRS}
    var even$q = v0;
    var odd$q = vec2<f32>(0.0, 0.0);
#repeat p ${PAIRS}
    even$q += COS${RADIX}[$(p*q)u % ${RADIX}u] * sum$p;
    odd$q += SIN${RADIX}[$(p*q)u % ${RADIX}u] * gap$p;
#end
    ${TO}[to + $qu * ${BEFORE}u] = even$q + odd$q;
    ${TO}[to + (${RADIX}u - $qu) * ${BEFORE}u] = even$q - odd$q;
#end
  }
  workgroupBarrier();
