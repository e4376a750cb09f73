fn forward(a: T, b: T) -> bool {
  return a == b && ordered(a, b);
}
