// Returns a function that counts the good records of a file, or returns -1 if the file was cut off.
export async function counter(program) {
    const { instance } = await WebAssembly.instantiate(program);
    const { allocate, good_records, memory } = instance.exports;
    return (file) => {
        const start = allocate(file.byteLength);
        new Uint8Array(memory.buffer, start).set(new Uint8Array(file));
        return good_records();
    };
}
