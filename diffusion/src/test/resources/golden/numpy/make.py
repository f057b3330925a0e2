# Writes the files beside it: the same three images of 4 x 4 in every form. Run with NumPy 2.4.6.
import numpy as np

n, y, x, c = np.meshgrid(np.arange(3), np.arange(4), np.arange(4), np.arange(3), indexing="ij")
colour = ((n * 97 + y * 31 + x * 11 + c * 57) % 256).astype(np.uint8)
grey = np.ascontiguousarray(colour[..., 0])
labels = np.array([2, 0, 5])

np.save("grey.npy", grey)
np.save("grey-channel.npy", grey[..., None])
np.save("grey-flat.npy", grey.reshape(3, 16))
np.save("grey-f4-unit.npy", (grey / 255).astype("<f4"))
np.save("grey-f4-big-endian-levels.npy", grey.astype(">f4"))
np.save("grey-f8-fortran-symmetric.npy", np.asfortranarray(grey / 127.5 - 1))
np.save("grey-i8-fortran.npy", np.asfortranarray(grey.astype("<i8")))
np.save("grey-u2-big-endian.npy", grey.astype(">u2"))
np.save("grey-f2.npy", grey.astype(np.float16))
with open("grey-version-2.npy", "wb") as f:
    np.lib.format.write_array(f, grey, version=(2, 0))
with open("grey-version-3.npy", "wb") as f:
    np.lib.format.write_array(f, grey, version=(3, 0))
np.save("bool.npy", grey > 127)
np.save("colour.npy", colour)
np.save("colour-channels-first.npy", np.ascontiguousarray(colour.transpose(0, 3, 1, 2)))
np.save("colour-fortran.npy", np.asfortranarray(colour))
np.savez("stored.npz", x_train=colour, y_train=labels, x_test=colour[:1], y_test=labels[:1])
np.savez_compressed("deflated.npz", colour, labels.astype(np.uint8))
