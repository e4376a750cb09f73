fn forward(x: T) -> T {
  return floor(x);
}
