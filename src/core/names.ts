/** runningMean -> running_mean: names in state dicts are PyTorch's. What begins with a capital is one already. */
export function snakeCase(name: string): string {
  return /^[A-Z]/.test(name) ? name : name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
