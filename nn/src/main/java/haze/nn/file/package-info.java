/// Writing files so that a crash, a power cut or a full disk leaves the old file or the new one,
/// and a message that names the file.
///
/// [haze.nn.file.Disk] has one method for each operation on the file system, and
/// [haze.nn.file.Disk#replace], which is made of them. All of Haze's checkpoints, models and
/// metrics are written through it, so that a test can end the sequence anywhere.
package haze.nn.file;
