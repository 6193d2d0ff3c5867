declare const BUILD: {
  build: string; shell: string; offline: string; files: string[]; assets: string; never: string[];
};
