fn forward(x: T) -> T {
  return trunc(x);
}
