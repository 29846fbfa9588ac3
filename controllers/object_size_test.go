// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("an object", func() {
	It("can be written when all of its status is at its bounds", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		number := 0
		for _, name := range []string{"letters", "four bytes", "markup"} {
			character := recordingtest.Characters[name]
			number++
			recording := e.record(fmt.Sprintf("full-%d", number), nil)
			// What users add takes room as well.
			recording.Annotations = map[string]string{"example.com/notes": strings.Repeat("n", 190<<10)}
			Expect(k8sClient.Create(ctx, recording)).To(Succeed())

			before := recording.DeepCopy()
			recording.Status = recordingtest.FullStatus(recording, character)
			Expect(len(recording.Status.FileList)).To(BeNumerically(">", 400), name)
			Expect(k8sClient.Status().Patch(ctx, recording, client.MergeFrom(before))).To(Succeed(), name)
			stored := observe(ctx, recording)(Default)
			encoded, err := json.Marshal(stored)
			Expect(err).NotTo(HaveOccurred())
			AddReportEntry(name, len(encoded))
			Expect(stored.Status.Sessions).To(HaveLen(lifecycle.MaxSessions))

			By("going on from there: " + name)
			before = stored.DeepCopy()
			now := metav1.NewTime(time.Now().Truncate(time.Second))
			stored.Status.StopRequestedTime = &now
			stored.Status.Conditions[0].Message = strings.Repeat(character, bounds.MaxMessageBytes/bounds.EncodedSize(character))
			Expect(k8sClient.Status().Patch(ctx, stored, client.MergeFrom(before))).To(Succeed(), name)
			Expect(k8sClient.Delete(ctx, stored)).To(Succeed())
		}
	})

	It("has room for fewer files where its user has filled it", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		recording := e.record("crowded", nil)
		recording.Annotations = map[string]string{"example.com/notes": strings.Repeat("n", 255<<10)}
		few := len(recordingtest.FullStatus(recording, "x").FileList)
		recording.Annotations = nil
		Expect(few).To(And(BeNumerically(">", 400), BeNumerically("<", len(recordingtest.FullStatus(recording, "x").FileList))))
	})

	It("can be stopped after signed notifications of hundreds of users and push hosts", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		recording := e.record("flooded", func(o *agorasim.RecordingOptions) { o.Mode = recorder.ModeWeb })
		e.adopt(ctx, recording)
		var bodies [][]byte
		for i := range 797 {
			bodies = append(bodies,
				notificationOf(recording, 31, fmt.Sprint(1_000_000_000+i), map[string]any{"status": 0, "fileList": "flooded.m3u8"}),
				notificationOf(recording, 31, fmt.Sprintf("%d-%s", i, strings.Repeat("u", 1000)), map[string]any{"status": 0}),
				notificationOf(recording, 100, recording.Spec.UID, map[string]any{
					"rtmpUrl": fmt.Sprintf("rtmp://%s-%d.example.com/a", strings.Repeat("h", 900), i), "status": "publishing"}))
		}
		e.deliver(ctx, bodies)
		Eventually(e.journalled(ctx)).WithTimeout(5 * time.Minute).Should(BeZero())
		current := observe(ctx, recording)(Default)
		Expect(len(current.Status.Notified)).To(And(BeNumerically(">", 0), BeNumerically("<=", bounds.MaxNotified)))
		encoded, err := json.Marshal(current)
		Expect(err).NotTo(HaveOccurred())
		Expect(len(encoded)).To(BeNumerically("<", 64<<10))

		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason))
		Expect(e.simulated(recording)().StopRequests).To(Equal(1))
	})
})

// notificationOf returns the body of a notification.
func notificationOf(recording *v1alpha1.CloudRecording, eventType int, uid string, details map[string]any) []byte {
	GinkgoHelper()
	now := time.Now().UnixMilli()
	body, err := json.Marshal(map[string]any{
		"noticeId": fmt.Sprintf("%d-%s-%v", eventType, uid, details["rtmpUrl"]), "productId": 3, "eventType": eventType, "notifyMs": now,
		"payload": map[string]any{
			"cname": recording.Spec.CName, "uid": uid, "sid": recording.Spec.SID, "sequence": 1, "sendts": now,
			"serviceType": 0, "serviceScene": "web", "details": details,
		},
	})
	Expect(err).NotTo(HaveOccurred())
	return body
}

// deliver sends the operator notifications with valid signatures, many at a time.
func (e *environment) deliver(ctx context.Context, bodies [][]byte) {
	GinkgoHelper()
	var senders errgroup.Group
	senders.SetLimit(64)
	for _, body := range bodies {
		senders.Go(func() error {
			code := hmac.New(sha256.New, []byte(notificationSecret))
			_, _ = code.Write(body) // never fails
			return e.deliverOne(ctx, body, hex.EncodeToString(code.Sum(nil)))
		})
	}
	Expect(senders.Wait()).To(Succeed())
}

// deliverOne sends a notification until it is accepted.
func (e *environment) deliverOne(ctx context.Context, body []byte, signature string) error {
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.receiver, bytes.NewReader(body))
		if err != nil {
			return fmt.Errorf("make the request: %w", err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set(notify.SignatureV2Header, signature)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return fmt.Errorf("send a notification: %w", err)
		}
		status := response.StatusCode
		_ = response.Body.Close()
		switch {
		case status == http.StatusOK:
			return nil
		case status != http.StatusServiceUnavailable && status != http.StatusTooManyRequests:
			return fmt.Errorf("the receiver answered %d", status)
		}
	}
}
