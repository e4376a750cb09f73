// Numbers as unsigned integers of the same order. NaN is the greatest, and -0 equals 0.
fn key_of(x: ${T}) -> u32 {
#if ${FLOAT}
  let bits = bitcast<u32>(x);
  let key = select(select(bits | 0x80000000u, ~bits, bits > 0x80000000u), 0xffffffffu, is_nan(x));
#elif ${SIGNED}
  let key = bitcast<u32>(x) ^ 0x80000000u;
#else
  let key = u32(x);
#endif
#if ${DESCENDING}
  return ~key;
#else
  return key;
#endif
}
