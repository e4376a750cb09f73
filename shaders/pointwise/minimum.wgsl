fn forward(a: T, b: T) -> T {
  return nan_min(a, b);
}
