// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/watch"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/command"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// arriving returns requests that arrive the given numbers of milliseconds after noon.
func arriving(method string, milliseconds ...int) []agorasim.Request {
	var requests []agorasim.Request
	for _, m := range milliseconds {
		requests = append(requests, agorasim.Request{Method: method, SID: method, Time: noon.Add(time.Duration(m) * time.Millisecond)})
	}
	return requests
}

func TestPercentileIsTheSmallestTimeThatSoManyDoNotExceed(t *testing.T) {
	g := NewWithT(t)
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration(100-i))
	}
	g.Expect(percentile(times, 50)).To(BeEquivalentTo(50))
	g.Expect(percentile(times, 99)).To(BeEquivalentTo(99))
	g.Expect(percentile(times, 100)).To(BeEquivalentTo(100))
	g.Expect(percentile(times[:1], 50)).To(BeEquivalentTo(100))
	g.Expect(percentile([]time.Duration{3, 1, 2}, 50)).To(BeEquivalentTo(2))
	g.Expect(percentile([]time.Duration{3, 1, 2}, 0)).To(BeEquivalentTo(1))
	g.Expect(times[0]).To(BeEquivalentTo(100), "the times stay in their order")
}

func TestMostInAnySecondLooksAtEverySecond(t *testing.T) {
	g := NewWithT(t)
	g.Expect(mostInAnySecond(nil)).To(Equal(0))
	g.Expect(mostInAnySecond(arriving("query", 0))).To(Equal(1))
	g.Expect(mostInAnySecond(arriving("query", 0, 999))).To(Equal(2))
	g.Expect(mostInAnySecond(arriving("query", 0, 1000))).To(Equal(1))
	g.Expect(mostInAnySecond(arriving("query", 0, 900, 1000, 1800, 1899, 5000))).To(Equal(4))
}

func TestTurnsFollowFromTheLimit(t *testing.T) {
	g := NewWithT(t)
	g.Expect(turns(1000, 10)).To(Equal(100 * time.Second))
	g.Expect(turns(2, 10)).To(Equal(200 * time.Millisecond))
}

func TestRequestLogIsInTheOrderOfArrival(t *testing.T) {
	g := NewWithT(t)
	var l requestLog
	for _, r := range append(arriving("stop", 200, 100), arriving("query", 50, 150)...) {
		l.note(r)
	}
	g.Expect(l.since(noon, "")).To(HaveLen(4))
	g.Expect(l.since(noon.Add(100*time.Millisecond), "")).To(Equal(append(append(arriving("stop", 100), arriving("query", 150)...), arriving("stop", 200)...)))
	g.Expect(l.since(noon, "stop")).To(Equal(arriving("stop", 100, 200)))
	g.Expect(l.lastStop("stop")).To(Equal(noon.Add(200 * time.Millisecond)))
	g.Expect(l.lastStop("query")).To(BeZero())
}

func TestPollsBeforeLeavesOutWhatIsWanted(t *testing.T) {
	g := NewWithT(t)
	requests := append(arriving("query", 0, 10, 30), arriving("stop", 0, 10, 20)...)
	g.Expect(pollsBefore(requests, sets.New("stop"), noon.Add(20*time.Millisecond))).To(Equal(2))
	g.Expect(pollsBefore(requests, sets.New("stop", "query"), noon.Add(time.Second))).To(Equal(0))
	g.Expect(requests).To(HaveLen(6))
}

func TestOperatorWritesAreThoseThatAreNotTheUsers(t *testing.T) {
	g := NewWithT(t)
	live, deleted := &v1alpha1.CloudRecording{}, &v1alpha1.CloudRecording{}
	deleted.DeletionTimestamp = &metav1.Time{Time: noon}
	changes := []change{
		{watch.Added, live, noon}, {watch.Modified, live, noon}, {watch.Modified, live, noon},
	}
	g.Expect(operatorWrites(changes)).To(Equal(2))
	changes = append(changes, change{watch.Modified, deleted, noon}, change{watch.Modified, deleted, noon}, change{watch.Deleted, deleted, noon})
	g.Expect(operatorWrites(changes)).To(Equal(4))
}

func TestMetricsAreSummedByTheirLabels(t *testing.T) {
	g := NewWithT(t)
	m, err := parseMetrics(strings.NewReader(`# TYPE apiserver_request_total counter
apiserver_request_total{dry_run="",resource="secrets",subresource="",verb="GET"} 3
apiserver_request_total{code="404",dry_run="",resource="secrets",subresource="",verb="GET"} 2
apiserver_request_total{dry_run="All",resource="secrets",subresource="",verb="PATCH"} 7
apiserver_request_total{dry_run="",group="cloudrecording.dev",resource="cloudrecordings",subresource="status",verb="PATCH"} 11
apiserver_request_total{dry_run="",group="cloudrecording.dev",resource="cloudrecordingschedules",subresource="status",verb="PATCH"} 2
apiserver_request_total{dry_run="",group="coordination.k8s.io",resource="leases",subresource="",verb="PUT"} 9
apiserver_request_total{dry_run="",group="cloudrecording.dev",resource="cloudrecordings",subresource="",verb="WATCH"} 8
# TYPE workqueue_depth gauge
workqueue_depth{name="a"} 1
workqueue_depth{name="ab"} 4
`))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.requestsOf("GET", "secrets", "")).To(Equal(5))
	g.Expect(m.requestsOf("PATCH", "secrets", "")).To(Equal(0), "dry runs change nothing")
	g.Expect(m.operatorRequests(readVerbs)).To(Equal(requestCounts{"GET secrets": 5}))
	g.Expect(m.operatorRequests(writeVerbs)).To(Equal(requestCounts{"PATCH cloudrecordings/status": 11, "PATCH cloudrecordingschedules/status": 2}))
	g.Expect(m.sum("workqueue_depth", map[string]string{"name": "a"})).To(BeEquivalentTo(1))
	g.Expect(m.sum("workqueue_depth", nil)).To(BeEquivalentTo(5))
	g.Expect(m.sum("absent", nil)).To(BeZero())
}

func TestRequestsAreCountedByTheirKind(t *testing.T) {
	g := NewWithT(t)
	before, after := requestCounts{"LIST secrets": 1, "GET secrets": 2}, requestCounts{"LIST secrets": 4, "GET secrets": 2, "LIST cloudrecordings": 9}
	g.Expect(after.since(before).rows("reads")).To(Equal([]row{
		countRow("reads", 12, 0, "0"), plainRow("reads: LIST cloudrecordings", "9", "-"), plainRow("reads: LIST secrets", "3", "-"),
	}))
	g.Expect(before.since(before).rows("reads")).To(Equal([]row{countRow("reads", 0, 0, "0")}))
}

func TestTrafficIsCountedByItsKind(t *testing.T) {
	g := NewWithT(t)
	var passed traffic
	for _, url := range []string{
		"/b?list-type=2&prefix=rec/sid", "/b?list-type=2&prefix=rec/bak0_sid", "/b/rec/sid.m3u8", "/b/rec/sid.ts", "/b?location",
	} {
		passed.count(httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
	}
	passed.count(httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/b/rec/sid.m3u8", nil))
	g.Expect(passed).To(Equal(traffic{listings: 1, movedListings: 1, indexReads: 1, others: 3}))
}

func TestOutcomeOfNotifications(t *testing.T) {
	g := NewWithT(t)
	all := []*notification{
		{status: http.StatusOK, took: 1}, {status: http.StatusServiceUnavailable, took: 2}, {status: http.StatusOK, took: 3},
	}
	accepted, times, refusal := outcome(all)
	g.Expect(accepted).To(Equal(2))
	g.Expect(times).To(Equal([]time.Duration{1, 2, 3}))
	g.Expect(refusal).To(MatchError("the answer was 503"))
	all[1].status, all[1].err = 0, errors.New("refused")
	_, _, refusal = outcome(all)
	g.Expect(refusal).To(MatchError("refused"))
	_, _, refusal = outcome(all[:1])
	g.Expect(refusal).NotTo(HaveOccurred())
}

func TestNotificationsAreSigned(t *testing.T) {
	g := NewWithT(t)
	n := newNotification(&v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{SID: "sid", CName: "channel"}}, 1, noon)
	header := http.Header{}
	header.Set(notify.SignatureV2Header, n.signature)
	g.Expect(notify.IsSigned(header, n.body, notificationSecret)).To(BeTrue())
	g.Expect(string(n.body)).To(ContainSubstring(n.fileName))
}

func TestRowsSayHowFarTheFloorIs(t *testing.T) {
	g := NewWithT(t)
	g.Expect(durationRow("a", 1500*time.Millisecond, time.Second, "-")).To(Equal(row{"a", "1.50 s", "1.00 s", "1.50", "-"}))
	g.Expect(durationRow("a", 20*time.Millisecond, 0, "-")).To(Equal(row{"a", "20.0 ms", "0.0 ms", "-", "-"}))
	g.Expect(countRow("a", 3, 2, "3")).To(Equal(row{"a", "3", "2", "1.50", "3"}))
	g.Expect(rateRow("a", 90, 20*time.Second, 5)).To(Equal(row{"a", "4.5/s", "5.0/s", "0.90", "-"}))
	g.Expect(formatSize(3 << 19)).To(Equal("1.5 MiB"))
	g.Expect(formatShare(time.Second, 8*time.Second)).To(Equal("12.5 %"))
	tried := trials{reactions: []time.Duration{2 * time.Millisecond, 4 * time.Millisecond}, watches: []time.Duration{2 * time.Millisecond}}
	g.Expect(tried.rows("a stop", tried.watches, "floor")).To(Equal([]row{
		{"a stop: p50 of 2", "2.0 ms", "2.0 ms", "1.00", "-"}, {"a stop: p99 of 2", "4.0 ms", "2.0 ms", "2.00", "floor"},
	}))
	var printed bytes.Buffer
	g.Expect(printTable(&printed, []row{{"a stop", "1", "2", "0.50", "-"}})).To(Succeed())
	g.Expect(printed.String()).To(Equal("what    figure  floor  ratio  aim\na stop  1       2      0.50   -\n"))
}

func TestACommandLineChoosesBenchmarks(t *testing.T) {
	g := NewWithT(t)
	parsed, err := parse([]string{"--run", "latency|writes", "--scale", "0.1"}, io.Discard)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(parsed.chosen).To(HaveLen(2))
	r := run{settings: parsed}
	g.Expect(r.scaled(100)).To(Equal(10))
	g.Expect(r.scaled(1)).To(Equal(1))
	for _, wrong := range [][]string{{"--run", "nothing"}, {"--run", "("}, {"--scale", "0"}, {"more"}} {
		_, err := parse(wrong, io.Discard)
		g.Expect(err).To(MatchError(command.ErrUsage), "%v", wrong)
	}
}
