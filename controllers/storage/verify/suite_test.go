// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gocloud.dev/blob"
	"golang.org/x/sync/errgroup"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/storage"
	"cloudrecording.dev/operator/controllers/storage/verify"
	"cloudrecording.dev/operator/hack/objectstore"
)

const sid = "cb711ab5d643d4531efd86c18a8c131d"

func TestVerify(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	RunSpecs(t, "Verify")
}

// s3 is the object store of this process. The first spec that needs it starts it.
var s3 *objectstore.Server

var _ = AfterSuite(func() {
	if s3 != nil {
		Expect(s3.Stop()).To(Succeed())
	}
})

// place is a separate bucket with everything that is needed to read it.
type place struct {
	bucket      *blob.Bucket
	location    storage.Location
	credentials storage.Credentials
	server      *objectstore.Server
}

// newPlace creates a bucket on a real S3 server.
func newPlace(ctx context.Context, prefix ...string) place {
	GinkgoHelper()
	if s3 == nil {
		server, err := objectstore.StartS3(context.WithoutCancel(ctx))
		Expect(err).NotTo(HaveOccurred())
		s3 = server
	}
	return placeIn(ctx, s3, 11, prefix...)
}

// newAzurePlace creates a container in a real emulator of Azure.
func newAzurePlace(ctx context.Context, prefix ...string) place {
	GinkgoHelper()
	server, err := objectstore.StartAzure(ctx)
	if errors.Is(err, objectstore.ErrNoNode) {
		Skip(err.Error())
	}
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Stop)
	return placeIn(ctx, server, 5, prefix...)
}

func placeIn(ctx context.Context, server *objectstore.Server, vendor int32, prefix ...string) place {
	GinkgoHelper()
	report := CurrentSpecReport()
	name := fmt.Sprintf("bucket-%d-%d", report.LineNumber(), time.Now().UnixNano())
	Expect(server.CreateBucket(ctx, name)).To(Succeed())
	bucket, err := server.Bucket(ctx, name)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(bucket.Close)
	return place{
		bucket:      bucket,
		server:      server,
		location:    storage.Location{Vendor: vendor, Bucket: name, Endpoint: server.Endpoint, FileNamePrefix: prefix},
		credentials: storage.Credentials{AccessKey: server.AccessKey, SecretKey: server.SecretKey},
	}
}

// put writes files.
func (p place) put(ctx context.Context, files map[string]string) {
	GinkgoHelper()
	writes, ctx := errgroup.WithContext(ctx)
	writes.SetLimit(16)
	for key, content := range files {
		writes.Go(func() error { return p.bucket.WriteAll(ctx, key, []byte(content), nil) })
	}
	Expect(writes.Wait()).To(Succeed())
}

// verify looks for the recording, given the names that Agora reported.
func (p place) verify(ctx context.Context, names ...string) (storage.Finding, error) {
	return newVerifier(verify.Options{}).Verify(ctx, p.location, p.credentials, storage.Recording{SID: sid, Files: names})
}

// found returns the finding, and expects no error.
func (p place) found(ctx context.Context, names ...string) storage.Finding {
	GinkgoHelper()
	finding, err := p.verify(ctx, names...)
	Expect(err).NotTo(HaveOccurred())
	return finding
}

// foundIn is like found, for a recording with a known mode.
func (p place) foundIn(ctx context.Context, mode v1alpha1.RecordingMode, names ...string) storage.Finding {
	GinkgoHelper()
	finding, err := newVerifier(verify.Options{}).
		Verify(ctx, p.location, p.credentials, storage.Recording{SID: sid, Mode: mode, Files: names})
	Expect(err).NotTo(HaveOccurred())
	return finding
}

// newVerifier returns a Verifier that may access this machine.
func newVerifier(options verify.Options) *verify.Verifier {
	GinkgoHelper()
	endpoints, err := storage.ParseEndpoints(append(storage.DefaultEndpoints(), "http://127.0.0.1:*", "https://127.0.0.1:*"))
	Expect(err).NotTo(HaveOccurred())
	options.Endpoints = endpoints
	return verify.New(options)
}

// sliceName returns the name of a slice by its position in the recording.
func sliceName(base string, number int) string {
	begin := time.Date(2019, 9, 20, 12, 51, 42, 485e6, time.UTC)
	at := begin.Add(time.Duration(number) * 15 * time.Second)
	return fmt.Sprintf("%s_%s%03d.ts", base, at.Format("20060102150405"), at.Nanosecond()/1e6)
}

// playlistOf returns an index as Agora writes it.
func playlistOf(names ...string) string {
	return openPlaylistOf(names...) + "#EXT-X-ENDLIST\n"
}

// openPlaylistOf returns an index of a running recording.
func openPlaylistOf(names ...string) string {
	var text strings.Builder
	text.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-ALLOW-CACHE:YES\n#EXT-X-TARGETDURATION:16\n")
	text.WriteString("#EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=VIDEO,TIME=20190920125142485\n")
	for _, name := range names {
		text.WriteString("#EXTINF:15.5\n" + name + "\n")
	}
	return text.String()
}

// mergedOf returns an index that names one index in a tag and one on a line.
func mergedOf(audio, video string) string {
	return "#EXTM3U\n#EXT-X-VERSION:3\n# Audio\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",URI=\"" + audio + "\"\n" +
		"# Video\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"audio\"\n" + video + "\n"
}

// recorded returns the files of one index with this many slices.
func recorded(folder, base string, count int) map[string]string {
	files := map[string]string{}
	var names []string
	for number := range count {
		name := sliceName(base, number)
		names = append(names, name)
		files[folder+name] = "media"
	}
	files[folder+base+".m3u8"] = playlistOf(names...)
	return files
}

// together merges sets of files.
func together(all ...map[string]string) map[string]string {
	files := map[string]string{}
	for _, some := range all {
		for key, content := range some {
			files[key] = content
		}
	}
	return files
}

// without returns the files except those with the keys.
func without(files map[string]string, keys ...string) map[string]string {
	left := together(files)
	for _, key := range keys {
		delete(left, key)
	}
	return left
}

// kindOf returns the kind of a problem.
func kindOf(err error) storage.Kind {
	GinkgoHelper()
	var problem *storage.Problem
	Expect(errors.As(err, &problem)).To(BeTrue(), "%v", err)
	Expect(problem.Message).To(HaveSuffix("."))
	return problem.Kind
}
