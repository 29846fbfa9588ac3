// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func FuzzPlaylist(f *testing.F) {
	f.Add([]byte("#EXTM3U\n#EXTINF:15\ncb711ab5d643d4531efd86c18a8c131d_room1_20190920125142485.ts\n#EXT-X-ENDLIST\n"))
	f.Add([]byte("#EXTM3U\n# Audio\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"cb711ab5_room1__uid_s_1__uid_e_audio.m3u8\"\n# Video\ncb711ab5_room1__uid_s_1__uid_e_video.m3u8\n"))
	f.Add([]byte("#EXTM3U\n#EXT-X-MEDIA:URI=\"../a.m3u8\"\n#EXTINF:15\ncb711ab5_room1_1627613641393.ts\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		const longestLine = 512
		all, err := drain(t, bytes.NewReader(content), longestLine)
		again, errAgain := drain(t, iotest.OneByteReader(bytes.NewReader(content)), longestLine)
		if len(all) != len(again) || !errors.Is(errAgain, err) {
			t.Fatalf("the pieces in which it arrives change what is read: %d and %v, %d and %v", len(all), err, len(again), errAgain)
		}
	})
}

// drain reads a playlist to its end and checks what must be true of every playlist.
func drain(t *testing.T, reader io.Reader, longestLine int) ([]reference, error) {
	t.Helper()
	playlist := newPlaylist(reader, longestLine)
	var all []reference
	for {
		found, err := playlist.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		if found.name == "" || len(found.name) > longestLine || strings.ContainsAny(found.name, "/\\\x00\n\r") || found.name == ".." {
			t.Fatalf("%q is no name of a slice", found.name)
		}
		if found.duration < 0 || found.duration > 7*24*time.Hour {
			t.Fatalf("%s is no length of a slice", found.duration)
		}
		all = append(all, found)
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range []string{
		"rec/cb711ab5_room1_20190920125142485.ts", "cb711ab5_room1_1627613641393.webm", "bak0_cb711ab5_room1.m3u8",
		"cb711ab5_room1__uid_s_1__uid_e_av.m3u8", "cb711ab5_room1__uid_s_1__uid_e_av_22194679897_3.m3u8", "cb711ab5_room1__uid_s_1__uid_e_av.mpd",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		class := classOf(name)
		if of, ok := stemOfSlice(name); ok && (class != slice || len(of) > len(name)-len("_1627613641393.ts") || !strings.HasPrefix(name, of+"_")) {
			t.Fatalf("%q is taken for a slice of %q", name, of)
		}
		of, _, ok := backupOf(name)
		if ok && (class != index || !strings.HasPrefix(name, of+"_")) {
			t.Fatalf("%q is taken for an index from the backup of %q", name, of)
		}
		if ok && isMerged(of) && isMerged(stem(name)) {
			t.Fatalf("%q is taken for a merged index and for what came from the backup in its place", name)
		}
		if tracks := tracksOf(stem(name)); !strings.HasPrefix(name, tracks) {
			t.Fatalf("the tracks of %q are said to begin with %q", name, tracks)
		}
	})
}

func FuzzListing(f *testing.F) {
	f.Add([]byte("<ListBucketResult><Contents><Key>a</Key></Contents><x:contents a='b'/></ListBucketResult>"))
	f.Fuzz(func(t *testing.T, content []byte) {
		var counted markup
		if !counted.take(content) {
			return
		}
		decoder := xml.NewDecoder(bytes.NewReader(content))
		entries := 0
		for token, err := decoder.Token(); err == nil; token, err = decoder.Token() {
			if start, ok := token.(xml.StartElement); ok && isEntry(start.Name.Local) {
				entries++
			}
		}
		if entries > counted.entries {
			t.Fatalf("%d entries are decoded, and only %d counted", entries, counted.entries)
		}
	})
}
