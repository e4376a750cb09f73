fn forward(x: T) -> bool {
  return is_finite(x);
}
