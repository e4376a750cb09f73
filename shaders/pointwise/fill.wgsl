fn forward(i: u32, value: T) -> T {
  return value;
}
