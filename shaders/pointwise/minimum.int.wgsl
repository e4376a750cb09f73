fn forward(a: T, b: T) -> T {
  return min(a, b);
}
