fn forward(i: u32, start: T, step: T) -> T {
  return start + T(i) * step;
}
