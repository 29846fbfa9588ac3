// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/storage"
	"cloudrecording.dev/operator/controllers/storage/verify"
)

var credentials = storage.Credentials{AccessKey: "key", SecretKey: "top-secret", StsToken: "top-secret-token"}

// listing returns a page of a listing.
func listing(next string, keys ...string) string {
	var text strings.Builder
	fmt.Fprintf(&text, `<?xml version="1.0"?><ListBucketResult><IsTruncated>%t</IsTruncated>`, next != "")
	if next != "" {
		fmt.Fprintf(&text, "<NextContinuationToken>%s</NextContinuationToken>", next)
	}
	for _, key := range keys {
		fmt.Fprintf(&text, "<Contents><Key>%s</Key><Size>5</Size><LastModified>2019-09-20T12:51:42.000Z</LastModified></Contents>", key)
	}
	return text.String() + "</ListBucketResult>"
}

// numbered returns this many names in order.
func numbered(count int, format string) []string {
	names := make([]string, count)
	for number := range names {
		names[number] = fmt.Sprintf(format, number)
	}
	return names
}

// refusal answers with an S3 error that repeats the request's content.
func refusal(status int, code string) http.HandlerFunc {
	var count atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("X-Amz-Request-Id", fmt.Sprint(count.Add(1)))
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>No. You sent %s and %s.</Message><RequestId>%d</RequestId></Error>`,
			code, r.Header.Get("Authorization"), r.Header.Get("X-Amz-Security-Token"), count.Load())
	}
}

// indexed answers with a listing of one index, and lets the handler answer with the
// index.
func indexed(index http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("list-type") {
			_, _ = io.WriteString(w, listing("", sid+"_room1.m3u8"))
			return
		}
		index(w, r)
	}
}

// service starts a server and returns the location of a bucket on it.
func service(handler http.HandlerFunc) storage.Location {
	server := httptest.NewServer(handler)
	DeferCleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return storage.Location{Vendor: 11, Endpoint: server.URL, Bucket: "recordings"}
}

var _ = Describe("A storage service that misbehaves", func() {
	// The endless answer ends with the request.
	drip := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("list-type") {
			_, _ = io.WriteString(w, "<ListBucketResult>")
		}
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(time.Millisecond):
			}
		}
	}
	flood := func(w http.ResponseWriter, r *http.Request) {
		block := bytes.Repeat([]byte("garbage "), 8<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
	cut := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	}
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}

	DescribeTable("ends in a problem within the bounds, the same each time, without a secret",
		func(ctx SpecContext, handler http.HandlerFunc, kind storage.Kind, said string) {
			location := service(handler)
			timeout := 30 * time.Second
			if strings.Contains(said, "in the time") {
				timeout = time.Second
			}
			verifier := newVerifier(verify.Options{Timeout: timeout, Limits: verify.Limits{Pages: 50, IndexBytes: 1 << 20}})
			_, err := verifier.Verify(ctx, location, credentials, storage.Recording{SID: sid})
			Expect(kindOf(err)).To(Equal(kind), err.Error())
			Expect(err.Error()).To(ContainSubstring(said))
			Expect(err.Error()).NotTo(ContainSubstring("top-secret"))
			if kind != storage.Throttled {
				_, again := verifier.Verify(ctx, location, credentials, storage.Recording{SID: sid})
				Expect(again.Error()).To(Equal(err.Error()))
			}
		},
		Entry("a wrong key", refusal(403, "InvalidAccessKeyId"), storage.CredentialsRejected, "InvalidAccessKeyId"),
		Entry("a wrong signature", refusal(403, "SignatureDoesNotMatch"), storage.CredentialsRejected, "SignatureDoesNotMatch"),
		Entry("an expired token", refusal(400, "ExpiredToken"), storage.CredentialsRejected, "ExpiredToken"),
		Entry("no authentication", refusal(401, "top-secret"), storage.CredentialsRejected, "Unauthorized"),
		Entry("another time", refusal(403, "RequestTimeTooSkewed"), storage.CredentialsRejected, "clock"),
		Entry("a key that may not", refusal(403, "AccessDenied"), storage.AccessDenied, "does not let"),
		Entry("a key that may not, by a code of its own", refusal(403, "Whatever"), storage.AccessDenied, "does not let"),
		Entry("no such bucket", refusal(404, "NoSuchBucket"), storage.BucketNotFound, "has no bucket recordings"),
		Entry("a bucket elsewhere", refusal(301, "PermanentRedirect"), storage.BucketNotFound, "region"),
		Entry("too many requests", refusal(503, "SlowDown"), storage.Throttled, "no more requests"),
		Entry("too many requests, by the status", refusal(429, ""), storage.Throttled, "no more requests"),
		Entry("an error of its own", refusal(500, "InternalError"), storage.Unavailable, "InternalError"),
		Entry("a page of a gateway", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>Bad Gateway</html>")
		}), storage.Unavailable, "does not answer as expected"),
		Entry("a page in the place of a listing", say("<html>Welcome</html>"), storage.Unavailable, "does not list a bucket"),
		Entry("an empty listing of something else", say("{}"), storage.Unavailable, "does not list a bucket"),
		Entry("a listing that comes byte by byte", http.HandlerFunc(drip), storage.Unavailable, "in the time for one check"),
		Entry("a listing of garbage without end", http.HandlerFunc(flood), storage.Unavailable, "does not list a bucket"),
		Entry("a listing that goes on as garbage without end", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "<ListBucketResult>")
			flood(w, r)
		}), storage.Unavailable, "does not list a bucket"),
		Entry("a page larger than any", say("<ListBucketResult>"+strings.Repeat("<!-- "+strings.Repeat("x", 8<<10)+" -->", 400)), storage.TooLarge, "more than the operator reads"),
		Entry("a page of more names than were asked for", say(listing("", numbered(1001, sid+"_%04d.ts")...)), storage.Unavailable, "does not list a bucket"),
		Entry("a page of more folders than can be", say("<ListBucketResult>"+strings.Repeat("<x:commonprefixes/>", 1001)+"</ListBucketResult>"), storage.Unavailable, "does not list a bucket"),
		Entry("a page of endless depth", say("<ListBucketResult>"+strings.Repeat("<x>", 200_000)), storage.Unavailable, "does not list a bucket"),
		Entry("a listing that is cut off", cut(`<?xml version="1.0"?><ListBucketResult>`), storage.Unavailable, "broke off"),
		Entry("a connection that is cut off", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), storage.Unavailable, "broke off"),
		Entry("the same page for ever", say(listing("again", sid+"_room1_0.mp4")), storage.TooLarge, "does not end"),
		Entry("empty pages for ever", say(listing("again")), storage.TooLarge, "does not end"),
		Entry("names that were not asked for", say(listing("", "another_room1.m3u8")), storage.Unavailable, "does not list a bucket"),
		Entry("names out of order", say(listing("", sid+"_b.m3u8x", sid+"_a.m3u8x")), storage.Unavailable, "does not list a bucket"),
		Entry("files without a time", say(`<ListBucketResult><Contents><Key>`+sid+`_a.mp4</Key></Contents></ListBucketResult>`), storage.Unavailable, "does not list a bucket"),
		Entry("an index that comes byte by byte", indexed(drip), storage.Unavailable, "in the time for one check"),
		Entry("an index that is cut off", indexed(cut("#EXTM3U\n")), storage.Unavailable, "broke off"),
		Entry("an index of comments without end", indexed(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "#EXTM3U\n")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, "#EXT-X-DISCONTINUITY\n"); err != nil {
					return
				}
			}
		}), storage.TooLarge, "larger than the operator reads"),
		Entry("an index of garbage without end", indexed(flood), storage.IndexInvalid, "does not begin as a playlist does"),
		Entry("an index that may not be read", indexed(refusal(403, "AccessDenied")), storage.AccessDenied, "does not let"),
	)

	It("may fill a page with the longest names", func(ctx SpecContext) {
		names := numbered(1000, sid+"_%04d"+strings.Repeat("x", 983)+".aac")
		Expect(names[0]).To(HaveLen(1024))
		_, err := newVerifier(verify.Options{}).Verify(ctx, service(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("prefix") == sid {
				_, _ = io.WriteString(w, listing("", names...))
				return
			}
			_, _ = io.WriteString(w, listing(""))
		}), credentials, storage.Recording{SID: sid})
		Expect(err).NotTo(HaveOccurred())
	})

	DescribeTable("makes the operator keep little, whatever it lists", func(ctx SpecContext, vendor int, begin, entry string) {
		page := begin + strings.Repeat(entry, 8<<20/len(entry))
		location := service(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			_, _ = io.WriteString(w, page)
		})
		location.Vendor = int32(vendor)
		verifier := newVerifier(verify.Options{})
		named := storage.Credentials{AccessKey: "recordings", SecretKey: "a2V5LWtleQ=="}

		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := verifier.Verify(ctx, location, named, storage.Recording{SID: sid})
		runtime.ReadMemStats(&after)
		Expect(kindOf(err)).To(Equal(storage.Unavailable), err.Error())
		Expect(err.Error()).To(ContainSubstring("does not list a bucket"))
		Expect(after.TotalAlloc - before.TotalAlloc).To(BeNumerically("<", 16<<20))
	},
		Entry("files, as S3 does", 11, "<ListBucketResult>", "<Contents/>"),
		Entry("files, as Azure does", 5, "<EnumerationResults><Blobs>", "<Blob/>"),
	)

	It("misses an index that vanishes after it was listed", func(ctx SpecContext) {
		finding, err := newVerifier(verify.Options{}).Verify(ctx, service(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case !r.URL.Query().Has("list-type"):
				refusal(404, "NoSuchKey")(w, r)
			case r.URL.Query().Get("prefix") == sid:
				_, _ = io.WriteString(w, listing("", sid+"_room1.m3u8"))
			default:
				_, _ = io.WriteString(w, listing(""))
			}
		}), credentials, storage.Recording{SID: sid})
		Expect(err).NotTo(HaveOccurred())
		Expect(finding.MissingFiles).To(Equal([]string{sid + "_room1.m3u8"}))
	})

	It("is not followed to another host", func(ctx SpecContext) {
		var elsewhere atomic.Int64
		other := service(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
		for _, status := range []int{301, 302, 303, 307, 308} {
			_, err := newVerifier(verify.Options{}).Verify(ctx, service(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, other.Endpoint+"/recordings?list-type=2", status)
			}), credentials, storage.Recording{SID: sid})
			Expect(kindOf(err)).To(Equal(storage.BucketNotFound), "%d: %v", status, err)
		}
		Expect(elsewhere.Load()).To(BeZero())
	})

	It("gets no request before its address is allowed", func(ctx SpecContext) {
		var requests atomic.Int64
		location := service(func(http.ResponseWriter, *http.Request) { requests.Add(1) })
		endpoints, err := storage.ParseEndpoints(storage.DefaultEndpoints())
		Expect(err).NotTo(HaveOccurred())
		_, err = verify.New(verify.Options{Endpoints: endpoints}).Verify(ctx, location, credentials, storage.Recording{SID: sid})
		Expect(kindOf(err)).To(Equal(storage.EndpointNotAllowed))
		Expect(err.Error()).To(ContainSubstring("--allowed-storage-endpoints"))
		Expect(requests.Load()).To(BeZero())
	})

	It("has a certificate that is trusted", func(ctx SpecContext) {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		DeferCleanup(server.Close)
		location := storage.Location{Vendor: 11, Endpoint: server.URL, Bucket: "recordings"}
		_, err := newVerifier(verify.Options{}).Verify(ctx, location, credentials, storage.Recording{SID: sid})
		Expect(kindOf(err)).To(Equal(storage.Unavailable))
		Expect(err.Error()).To(ContainSubstring("certificate"))
	})

	It("is listed over several pages with the first version of listing too", func(ctx SpecContext) {
		files := slices.Sorted(maps.Keys(recorded("", sid+"_room1", 2500)))
		var pages atomic.Int64
		location := service(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			switch {
			case !query.Has("prefix"):
				_, _ = io.WriteString(w, recorded("", sid+"_room1", 2500)[sid+"_room1.m3u8"])
			case query.Get("prefix") == sid:
				pages.Add(1)
				rest := files[sort.Search(len(files), func(i int) bool { return files[i] > query.Get("marker") }):]
				page := listing("", rest[:min(1000, len(rest))]...)
				_, _ = io.WriteString(w, strings.Replace(page, "false", fmt.Sprint(len(rest) > 1000), 1))
			default:
				_, _ = io.WriteString(w, listing(""))
			}
		})
		location.Vendor = 8
		finding, err := newVerifier(verify.Options{}).Verify(ctx, location, credentials, storage.Recording{SID: sid})
		Expect(err).NotTo(HaveOccurred())
		Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
		Expect(finding.Slices).To(Equal(2500))
		Expect(pages.Load()).To(BeEquivalentTo(3))
	})

	It("may promise more without a name in the first version of listing", func(ctx SpecContext) {
		location := service(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>`)
		})
		location.Vendor = 8
		_, err := newVerifier(verify.Options{}).Verify(ctx, location, credentials, storage.Recording{SID: sid})
		Expect(kindOf(err)).To(Equal(storage.Unavailable))
		Expect(err.Error()).To(ContainSubstring("does not list a bucket"))
	})

	It("is tried a few times while it throttles, and then answers", func(ctx SpecContext) {
		var requests atomic.Int64
		finding, err := newVerifier(verify.Options{}).Verify(ctx, service(func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) == 1 {
				refusal(503, "SlowDown")(w, r)
				return
			}
			_, _ = io.WriteString(w, listing(""))
		}), credentials, storage.Recording{SID: sid})
		Expect(err).NotTo(HaveOccurred())
		Expect(finding.Found()).To(BeFalse())
		Expect(requests.Load()).To(BeEquivalentTo(5))
	})
})

var _ = Describe("Verifications at once", func() {
	// slow blocks and counts all requests until they are released.
	slow := func() (location storage.Location, waiting *atomic.Int64, release func()) {
		waiting = &atomic.Int64{}
		held := make(chan struct{})
		location = service(func(w http.ResponseWriter, r *http.Request) {
			waiting.Add(1)
			select {
			case <-held:
			case <-r.Context().Done():
			}
			_, _ = io.WriteString(w, listing(""))
		})
		release = sync.OnceFunc(func() { close(held) })
		DeferCleanup(release)
		return location, waiting, release
	}

	It("are two for a bucket, and hold up no other", func(ctx SpecContext) {
		verifier := newVerifier(verify.Options{Concurrency: 4})
		held, waiting, release := slow()
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				defer GinkgoRecover()
				_, err := verifier.Verify(ctx, held, credentials, storage.Recording{SID: sid})
				Expect(err).NotTo(HaveOccurred())
			})
		}
		Eventually(waiting.Load).Should(BeEquivalentTo(2))

		other := service(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, listing("")) })
		_, err := verifier.Verify(ctx, other, credentials, storage.Recording{SID: sid})
		Expect(err).NotTo(HaveOccurred())
		Expect(waiting.Load()).To(BeEquivalentTo(2))

		release()
		group.Wait()
		Expect(waiting.Load()).To(BeEquivalentTo(20))
	})

	It("are no more than allowed over all buckets", func(ctx SpecContext) {
		verifier := newVerifier(verify.Options{Concurrency: 3})
		held, waiting, release := slow()
		var group sync.WaitGroup
		for number := range 6 {
			location := held
			location.Bucket = fmt.Sprintf("recordings-%d", number)
			group.Go(func() {
				defer GinkgoRecover()
				_, err := verifier.Verify(ctx, location, credentials, storage.Recording{SID: sid})
				Expect(err).NotTo(HaveOccurred())
			})
		}
		Eventually(waiting.Load).Should(BeEquivalentTo(3))
		Consistently(waiting.Load, "200ms").Should(BeEquivalentTo(3))
		release()
		group.Wait()
	})

	It("are eight for an owner, and hold up no other owner", func(ctx SpecContext) {
		verifier := newVerifier(verify.Options{Concurrency: 9})
		held, waiting, release := slow()
		var group sync.WaitGroup
		for number := range 20 {
			location := held
			location.Bucket = fmt.Sprintf("recordings-%d", number)
			group.Go(func() {
				defer GinkgoRecover()
				_, err := verifier.Verify(ctx, location, credentials, storage.Recording{Owner: "greedy", SID: sid})
				Expect(err).NotTo(HaveOccurred())
			})
		}
		Eventually(waiting.Load).Should(BeEquivalentTo(8))

		other := service(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, listing("")) })
		for _, owner := range []string{"modest", ""} {
			_, err := verifier.Verify(ctx, other, credentials, storage.Recording{Owner: owner, SID: sid})
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(waiting.Load()).To(BeEquivalentTo(8))

		By("letting the others of the owner go once there is room")
		release()
		group.Wait()
		Expect(waiting.Load()).To(BeEquivalentTo(80))
	})

	It("do not hold up an owner's other buckets by waiting for one", func(ctx SpecContext) {
		verifier := newVerifier(verify.Options{ConcurrencyPerOwner: 3})
		held, waiting, release := slow()
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				defer GinkgoRecover()
				_, err := verifier.Verify(ctx, held, credentials, storage.Recording{Owner: "owner", SID: sid})
				Expect(err).NotTo(HaveOccurred())
			})
		}
		Eventually(waiting.Load).Should(BeEquivalentTo(2))

		other := service(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, listing("")) })
		_, err := verifier.Verify(ctx, other, credentials, storage.Recording{Owner: "owner", SID: sid})
		Expect(err).NotTo(HaveOccurred())
		Expect(waiting.Load()).To(BeEquivalentTo(2))
		release()
		group.Wait()
	})

	It("leave a bucket to its owner, however many others name it", func(ctx SpecContext) {
		verifier := newVerifier(verify.Options{})
		held, waiting, release := slow()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				defer GinkgoRecover()
				_, err := verifier.Verify(ctx, held, credentials, storage.Recording{Owner: "attacker", SID: sid})
				Expect(err).NotTo(HaveOccurred())
			})
		}
		Eventually(waiting.Load).Should(BeEquivalentTo(2))
		group.Go(func() {
			defer GinkgoRecover()
			_, err := verifier.Verify(ctx, held, credentials, storage.Recording{Owner: "owner", SID: sid})
			Expect(err).NotTo(HaveOccurred())
		})
		Eventually(waiting.Load).Should(BeEquivalentTo(3))
		release()
		group.Wait()
	})

	It("give up waiting with the context", func(ctx SpecContext) {
		verifier := newVerifier(verify.Options{ConcurrencyPerBucket: 1})
		held, waiting, release := slow()
		var group sync.WaitGroup
		group.Go(func() {
			defer GinkgoRecover()
			_, err := verifier.Verify(ctx, held, credentials, storage.Recording{SID: sid})
			Expect(err).NotTo(HaveOccurred())
		})
		Eventually(waiting.Load).Should(BeEquivalentTo(1))

		brief, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		_, err := verifier.Verify(brief, held, credentials, storage.Recording{SID: sid})
		Expect(kindOf(err)).To(Equal(storage.Busy))

		canceled, cancel := context.WithCancel(ctx)
		cancel()
		_, err = verifier.Verify(canceled, held, credentials, storage.Recording{SID: sid})
		Expect(errors.Is(err, context.Canceled)).To(BeTrue(), "%v", err)
		release()
		group.Wait()
	})

	It("end with the caller", func(ctx SpecContext) {
		held, waiting, _ := slow()
		canceled, cancel := context.WithCancel(ctx)
		defer cancel()
		ended := make(chan error)
		go func() {
			_, err := newVerifier(verify.Options{}).Verify(canceled, held, credentials, storage.Recording{SID: sid})
			ended <- err
		}()
		Eventually(waiting.Load).Should(BeEquivalentTo(1))
		cancel()
		var err error
		Eventually(ended).Should(Receive(&err))
		Expect(errors.Is(err, context.Canceled)).To(BeTrue(), "%v", err)
		var problem *storage.Problem
		Expect(errors.As(err, &problem)).To(BeFalse())
	})
})

var _ = Describe("The cost of a verification", func() {
	// counted puts a counting proxy in front of a place.
	counted := func(p *place) (listings, reads *atomic.Int64) {
		target, err := url.Parse(p.location.Endpoint)
		Expect(err).NotTo(HaveOccurred())
		listings, reads = &atomic.Int64{}, &atomic.Int64{}
		proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		}}
		p.location.Endpoint = service(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("list-type") {
				listings.Add(1)
			} else {
				reads.Add(1)
			}
			proxy.ServeHTTP(w, r)
		}).Endpoint
		return listings, reads
	}

	It("is a listing for a thousand slices, one for each move, and a read for each index", func(ctx SpecContext) {
		p := newPlace(ctx, "rec")
		const base = sid + "_room1"
		p.put(ctx, recorded("rec/", base, 2500))
		listings, reads := counted(&p)
		finding := p.found(ctx, "rec/"+base+".m3u8")
		Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
		Expect(finding.Slices).To(Equal(2500))
		Expect(listings.Load()).To(BeEquivalentTo(3 + 3))
		Expect(reads.Load()).To(BeEquivalentTo(1))
	})

	It("keeps no name of a slice that stands in its order", func(ctx SpecContext) {
		const count = 30_000
		const base = sid + "_room1"
		finding, err := newVerifier(verify.Options{Limits: verify.Limits{OutOfOrder: 1}}).Verify(ctx, service(generated(base, count)), credentials, storage.Recording{SID: sid})
		Expect(err).NotTo(HaveOccurred())
		Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
		Expect(finding.Slices).To(Equal(count))
	})
})

// generated serves a recording with this many slices without storing them.
func generated(base string, count int) http.HandlerFunc {
	page := func(w http.ResponseWriter, r *http.Request) {
		var first int
		if token := r.URL.Query().Get("continuation-token"); token != "" {
			_, err := fmt.Sscan(token, &first)
			Expect(err).NotTo(HaveOccurred())
		}
		var keys []string
		if first == 0 {
			keys = append(keys, base+".m3u8")
		}
		last := min(first+1000-len(keys), count)
		for number := first; number < last; number++ {
			keys = append(keys, sliceName(base, number))
		}
		next := ""
		if last < count {
			next = fmt.Sprint(last)
		}
		_, _ = io.WriteString(w, listing(next, keys...))
	}
	return func(w http.ResponseWriter, r *http.Request) {
		defer GinkgoRecover()
		switch {
		case !r.URL.Query().Has("list-type"):
			_, _ = io.WriteString(w, "#EXTM3U\n")
			for number := range count {
				if _, err := io.WriteString(w, "#EXTINF:15\n"+sliceName(base, number)+"\n"); err != nil {
					return
				}
			}
			_, _ = io.WriteString(w, "#EXT-X-ENDLIST\n")
		case r.URL.Query().Get("prefix") == sid:
			page(w, r)
		default:
			_, _ = io.WriteString(w, listing(""))
		}
	}
}
