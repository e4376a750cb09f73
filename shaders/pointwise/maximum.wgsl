fn forward(a: T, b: T) -> T {
  return nan_max(a, b);
}
