fn forward(x: T) -> T {
  return T(0) - x;
}
