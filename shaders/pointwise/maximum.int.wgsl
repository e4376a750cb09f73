fn forward(a: T, b: T) -> T {
  return max(a, b);
}
