#!/bin/bash
# ImageIO of JDK 25: the numbers of a JPEG's components decide about its colours.
#
# One would guess: the three components of a JPEG without a JFIF or Adobe segment are luma and two
# chromas, whatever their numbers are, unless these spell R, G, B: so libjpeg-turbo takes them, and
# with it browsers and Pillow.
#
# What happens: with the numbers 1, 2, 3 ImageIO converts from YCbCr. With 0, 1, 2 it takes the same
# samples for red, green and blue, in silence, if no component is subsampled (4:4:4): almost every
# pixel has another colour. With a JFIF segment in front, or 4:2:0, the numbers do not matter.
#
# Why it matters: some encoders number from 0 and write no JFIF segment. A data set that is read by
# ImageIO then has other colours than the one that is read in Python.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/java" ] && [[ $("$home/bin/java" -version 2>&1) == *'version "25'* ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 25: set JAVA_HOME}"

cat > "$dir/Numbers.java" <<'JAVA'
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import org.w3c.dom.NodeList;

final class Numbers {
  static void main(String[] args) throws Exception {
    var image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 1024; i++) {
      image.setRGB(i % 32, i / 32, (8 * (i % 32)) << 16 | (8 * (i / 32)) << 8 | 0x40);
    }
    byte[] jfif = jpeg(image);
    print("JFIF, numbers 1 2 3", read(jfif), read(jfif));
    print("JFIF, numbers 0 1 2", read(numbered(jfif)), read(jfif));
    byte[] plain = withoutJfif(jfif);
    print("no JFIF, numbers 1 2 3", read(plain), read(jfif));
    print("no JFIF, numbers 0 1 2", read(numbered(plain)), read(jfif));
  }

  /// A JPEG whose chromas are as large as the luma, 4:4:4.
  private static byte[] jpeg(BufferedImage image) throws Exception {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    IIOMetadata metadata =
        writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), writer.getDefaultWriteParam());
    var tree = (IIOMetadataNode) metadata.getAsTree("javax_imageio_jpeg_image_1.0");
    NodeList components = tree.getElementsByTagName("componentSpec");
    for (int i = 0; i < components.getLength(); i++) {
      var component = (IIOMetadataNode) components.item(i);
      component.setAttribute("HsamplingFactor", "1");
      component.setAttribute("VsamplingFactor", "1");
    }
    metadata.setFromTree("javax_imageio_jpeg_image_1.0", tree);
    var bytes = new ByteArrayOutputStream();
    try (var out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(metadata, new IIOImage(image, null, metadata), null);
    }
    return bytes.toByteArray();
  }

  /// Leaves out the segment APP0, which follows the first marker.
  private static byte[] withoutJfif(byte[] jpeg) {
    int length = (jpeg[4] & 0xff) << 8 | jpeg[5] & 0xff;
    var out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    out.write(jpeg, 4 + length, jpeg.length - 4 - length);
    return out.toByteArray();
  }

  /// Subtracts 1 of the numbers in the headers of frame and scan.
  private static byte[] numbered(byte[] jpeg) {
    byte[] other = jpeg.clone();
    for (int at = 2; ; ) {
      int marker = jpeg[at + 1] & 0xff;
      if (marker == 0xc0) {
        for (int i = 0; i < 3; i++) {
          other[at + 10 + 3 * i]--;
        }
      }
      if (marker == 0xda) {
        for (int i = 0; i < 3; i++) {
          other[at + 5 + 2 * i]--;
        }
        return other;
      }
      at += 2 + ((jpeg[at + 2] & 0xff) << 8 | jpeg[at + 3] & 0xff);
    }
  }

  private static int[] read(byte[] jpeg) throws Exception {
    return ImageIO.read(new ByteArrayInputStream(jpeg)).getRGB(0, 0, 32, 32, null, 0, 32);
  }

  private static void print(String name, int[] pixels, int[] expected) {
    int other = 0;
    for (int i = 0; i < pixels.length; i++) {
      other += pixels[i] == expected[i] ? 0 : 1;
    }
    System.out.println(name + ": pixels of another colour: " + other + " of " + pixels.length);
  }
}
JAVA
"$jdk/bin/java" -version 2>&1 | head -1
"$jdk/bin/java" -Djava.awt.headless=true "$dir/Numbers.java" | tee "$dir/out"
for name in 'JFIF, numbers 1 2 3' 'JFIF, numbers 0 1 2' 'no JFIF, numbers 1 2 3'; do
  grep -q "^$name: pixels of another colour: 0 of" "$dir/out" || { echo "CHANGED: $name"; exit 1; }
done
grep -qE '^no JFIF, numbers 0 1 2: pixels of another colour: [1-9][0-9]{2,} of' "$dir/out" ||
  { echo "CHANGED: the numbers do not matter"; exit 1; }
echo "as described"
