fn forward(a: T, b: T) -> T {
  return a | b;
}
