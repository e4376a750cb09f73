import { installDawn } from '../tools/dawn.mjs';

if (!(await installDawn())) throw new Error('the npm package `webgpu` is not installed');
