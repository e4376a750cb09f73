fn forward(x: T) -> bool {
  return (bitcast<u32>(x) >> 31u) == 1u;
}
