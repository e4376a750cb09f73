fn forward(x: T) -> T {
  return x;
}
