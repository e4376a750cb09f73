fn forward(x: T) -> bool {
  return is_inf(x);
}
