fn forward(condition: bool, a: T, b: T) -> T {
  return select(b, a, condition);
}
