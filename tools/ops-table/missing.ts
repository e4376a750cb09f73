/** What PyTorch documents and Lumigrad leaves out, with the reason: [names, reason]. A name may end in `*`. */
export const missing: Readonly<Record<string, readonly (readonly [names: string, reason: string])[]>> = {};
