fn forward(x: T) -> T {
  return ceil(x);
}
