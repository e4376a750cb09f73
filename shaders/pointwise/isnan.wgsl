fn forward(x: T) -> bool {
  return is_nan(x);
}
