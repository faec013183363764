/**
 * CRIU's image format, v1.1: what files there are ({@link org.stasis.images.ImageKind}), how one is
 * read and written ({@link org.stasis.images.ImageReader}, {@link org.stasis.images.ImageWriter}),
 * and what makes a directory of them a checkpoint ({@link org.stasis.images.ImageSet}, {@link
 * org.stasis.images.ImageSetWriter}). The messages are in {@code org.stasis.images.proto}, made
 * from {@code src/main/proto}, which says what their fields mean and when they are there.
 *
 * <p>Nothing here knows what a message is for, but for two things: how much follows an entry
 * ({@link org.stasis.images.Payload}), and where pages are ({@link org.stasis.images.PageSource}).
 * Files are taken for hostile: whatever is in them, the worst is an {@link
 * org.stasis.images.ImageException}. See docs/images.md.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.images;
