// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// beginReceiving returns an environment whose operator receives the simulator's
// notifications.
func beginReceiving(ctx context.Context, options agorasim.Options) *environment {
	GinkgoHelper()
	e := newEnvironment(ctx, options)
	e.receives = true
	e.createSecret(ctx, customerSecret)
	e.run()
	return e
}

// notify has the simulator send a notification for a recording.
func (e *environment) notify(recording *v1alpha1.CloudRecording, eventType int, details notify.Details) {
	GinkgoHelper()
	_, err := e.agora.SendNotification(recording.Spec.SID, eventType, details)
	Expect(err).NotTo(HaveOccurred())
}

// deliveries returns a function that tells what became of the notifications of
// a type for a recording: the statuses answered last.
func (e *environment) deliveries(recording *v1alpha1.CloudRecording, eventType int) func() []int {
	return func() []int {
		var statuses []int
		for _, delivery := range e.agora.Deliveries() {
			if delivery.SID == recording.Spec.SID && delivery.EventType == eventType && len(delivery.Attempts) > 0 {
				statuses = append(statuses, delivery.Attempts[len(delivery.Attempts)-1].Status)
			}
		}
		return statuses
	}
}

// journalled returns a function that counts the accepted notifications that no
// status shows yet.
func (e *environment) journalled(ctx context.Context) func(Gomega) int {
	return func(g Gomega) int {
		list := &corev1.ConfigMapList{}
		g.Expect(k8sClient.List(ctx, list, client.InNamespace(e.namespace), client.HasLabels{v1alpha1.NotificationsLabel})).To(Succeed())
		return len(list.Items)
	}
}

var _ = Describe("a notification", func() {
	It("proves an upload that the answer to the stop left open", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		recording := e.record("transferred", func(o *agorasim.RecordingOptions) {
			o.UploadingStatus = recorder.UploadingStatusBackuped
			o.Upload = &recorder.Upload{TransferAfter: onDemand, AnnounceTransfer: true}
		})
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.Notified", ContainElement(HaveField("EventType", BeEquivalentTo(32)))))
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.UploadPendingReason),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.BackupedReason),
		))

		Expect(e.agora.Transfer(recording.Spec.SID)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
			beUploaded(v1alpha1.NotifiedByAgoraReason),
			HaveField("Status.UploadingStatus", recorder.UploadingStatusUploaded),
		))
		Eventually(e.events(ctx, recording)).Should(ContainElement("NotifiedByAgora: Agora notified that all files are uploaded."))
		Eventually(e.journalled(ctx)).Should(BeZero())
	})

	It("shows how much is uploaded", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		recording := e.record("progress", nil)
		e.adopt(ctx, recording)
		e.notify(recording, 33, notify.Details{"progress": 4242})
		Eventually(observe(ctx, recording)).Should(HaveField("Status.UploadProgress", HaveValue(BeEquivalentTo(42))))
	})

	It("says why a recorder ended, and makes the operator ask at once", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		e.stop()
		e.settings.PollInterval = time.Hour
		e.run()
		recording := e.record("idle", func(o *agorasim.RecordingOptions) { o.ExitAfter = &metav1.Duration{} })
		e.adopt(ctx, recording)
		Expect(e.agora.IdleOut(recording.Spec.SID)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.RecordingEndedReason),
			WithTransform(message, ContainSubstring("nobody was in the channel")),
			HaveField("Status.Exit.LeaveCode", HaveValue(BeEquivalentTo(4))),
		))
		Eventually(e.events(ctx, recording)).Should(ContainElement("RecorderExited: The recorder ended: nobody was in the channel."))
	})

	It("shows errors and warnings, a move, and file names", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		recording := e.record("eventful", nil)
		e.adopt(ctx, recording)
		e.notify(recording, 2, notify.Details{"module": 1, "warnCode": 32})
		Eventually(observe(ctx, recording)).Should(HaveField("Status.LastError", And(
			HaveField("Operation", "cloud_recording_warning"), HaveField("Code", BeEquivalentTo(32)))))
		e.notify(recording, 1, notify.Details{"module": 1, "errorLevel": 4, "errorCode": 47, "stat": 0, "errorMsg": "bucket gone"})
		Eventually(observe(ctx, recording)).Should(HaveField("Status.LastError", And(
			HaveField("Operation", "cloud_recording_error"),
			HaveField("Code", BeEquivalentTo(47)),
			HaveField("Reason", "uploader: the upload failed (bucket gone)"))))
		e.notify(recording, 12, notify.Details{"newUid": 99})
		e.notify(recording, 45, notify.Details{"fileName": "rec/shot.jpg"})
		Eventually(observe(ctx, recording)).Should(And(
			HaveField("Status.Failover", HaveField("NewUID", "99")),
			HaveField("Status.FileList", ContainElement(HaveField("FileName", "rec/shot.jpg"))),
			haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason),
		))
		Eventually(e.events(ctx, recording)).Should(ContainElements(
			HavePrefix("NotifiedWarning: "), HavePrefix("NotifiedError: "), HavePrefix("RecorderMoved: ")))
	})

	It("tells of a push to a CDN address without its key", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		recording := e.record("cdn", func(o *agorasim.RecordingOptions) { o.Mode = recorder.ModeWeb })
		e.adopt(ctx, recording)
		e.notify(recording, 100, notify.Details{"rtmpUrl": "rtmp://live.example.com/app/" + streamKey, "status": "publishing"})
		Eventually(observe(ctx, recording)).Should(HaveField("Status.ExtensionServiceState", ContainElement(And(
			HaveField("ServiceName", "rtmp_publish_service"),
			HaveField("Payload.Outputs", ConsistOf(v1alpha1.ExtensionServiceOutput{RTMPURL: "rtmp://live.example.com", Status: "publishing"})),
		))))
	})

	It("that comes twice, late or in another order changes nothing more", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		recording := e.record("muddled", nil)
		e.adopt(ctx, recording)
		_, err := e.agora.AddNotificationFault(notify.Fault{Effect: notify.EffectReverse, EventTypes: []int{33}, Times: 3})
		Expect(err).NotTo(HaveOccurred())
		_, err = e.agora.AddNotificationFault(notify.Fault{Effect: notify.EffectDuplicate, EventTypes: []int{12}})
		Expect(err).NotTo(HaveOccurred())
		for _, progress := range []int{1000, 2000, 3000} {
			e.notify(recording, 33, notify.Details{"progress": progress})
			// Their times must differ.
			Eventually(e.agora.Now).Should(BeTemporally(">", e.agora.Now().Add(2*time.Millisecond)))
		}
		e.notify(recording, 12, notify.Details{"newUid": 7})
		Eventually(e.deliveries(recording, 33)).Should(HaveLen(3))
		Eventually(observe(ctx, recording)).Should(And(
			HaveField("Status.UploadProgress", HaveValue(BeEquivalentTo(30))),
			HaveField("Status.Failover", Not(BeNil())),
		))
		Eventually(e.journalled(ctx)).Should(BeZero())
		Expect(observe(ctx, recording)(Default).Status.UploadProgress).To(HaveValue(BeEquivalentTo(30)))
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix("RecorderMoved: ")))
	})

	It("that is forged changes nothing, is refused, logged without its content, and counted", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		recording := e.record("forged", nil)
		e.adopt(ctx, recording)
		before := observe(ctx, recording)(Default)
		_, err := e.agora.AddNotificationFault(notify.Fault{Effect: notify.EffectWrongSignature, EventTypes: []int{45}})
		Expect(err).NotTo(HaveOccurred())
		e.notify(recording, 45, notify.Details{"fileName": "forged-content.jpg"})
		Eventually(e.deliveries(recording, 45)).Should(ContainElement(http.StatusUnauthorized))
		Eventually(e.logs).Should(gbytes.Say("signature"))
		Expect(string(e.logs.Contents())).NotTo(ContainSubstring("forged-content"))
		Consistently(observe(ctx, recording)).Should(HaveField("ResourceVersion", before.ResourceVersion))
		Eventually(e.sum("cloudrecording_notifications_total")).Should(BeNumerically(">", 0))
	})

	It("about a recording that nobody knows is answered, and so is a health check", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		stranger := e.record("stranger", nil)
		e.notify(stranger, 4, notify.Details{"fileList": "a.m3u8"})
		Eventually(e.deliveries(stranger, 4)).Should(ConsistOf(http.StatusOK))
		checked, err := e.agora.CheckReceiver("")
		Expect(err).NotTo(HaveOccurred())
		Expect(checked).NotTo(BeEmpty())
		Eventually(func() []int {
			var statuses []int
			for _, delivery := range e.agora.Deliveries() {
				if attempts := delivery.Attempts; len(attempts) > 0 {
					statuses = append(statuses, attempts[len(attempts)-1].Status)
				}
			}
			return statuses
		}).Should(And(HaveLen(len(checked)+1), HaveEach(http.StatusOK)))
		Expect(e.journalled(ctx)(Default)).To(BeZero())
	})

	It("that was accepted is kept while no status can be written, and over a restart", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		recording := e.record("kept", nil)
		e.adopt(ctx, recording)
		e.writes.setRefuse(true)
		e.notify(recording, 45, notify.Details{"fileName": "kept.jpg"})
		Eventually(e.deliveries(recording, 45)).Should(ConsistOf(http.StatusOK))
		Expect(e.journalled(ctx)(Default)).To(Equal(1))
		e.stop()
		e.writes.setRefuse(false)
		Expect(observe(ctx, recording)(Default).Status.FileList).NotTo(ContainElement(HaveField("FileName", "kept.jpg")))

		e.run()
		Eventually(observe(ctx, recording)).Should(HaveField("Status.FileList", ContainElement(HaveField("FileName", "kept.jpg"))))
		Eventually(e.journalled(ctx)).Should(BeZero())
	})

	It("that can never be recorded is given up in time, and kept in the log", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.receives, e.giveUpAfter = true, 2*time.Second
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("lost", nil)
		e.adopt(ctx, recording)
		e.refuseStatuses(ctx, recording)
		e.notify(recording, 45, notify.Details{"fileName": "lost.jpg"})
		Eventually(e.deliveries(recording, 45)).Should(ConsistOf(http.StatusOK))
		Eventually(e.logs).Should(gbytes.Say(`Gave up on a notification.*lost\.jpg`))
		Eventually(e.journalled(ctx)).Should(BeZero())
		Eventually(e.events(ctx, recording)).Should(ContainElement(And(
			HavePrefix(v1alpha1.NotificationGivenUpReason+": "), ContainSubstring("The operator's log holds it"))))
		Eventually(e.sum("cloudrecording_notifications_given_up_total")).Should(BeNumerically(">", 0))
	})

	It("leaves nothing behind when its recording is gone", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		recording := e.record("gone", nil)
		recording.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
		e.adopt(ctx, recording)
		e.writes.setRefuse(true)
		e.notify(recording, 45, notify.Details{"fileName": "gone.jpg"})
		Eventually(e.deliveries(recording, 45)).Should(ConsistOf(http.StatusOK))
		e.stop()
		e.writes.setRefuse(false)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		patch(ctx, recording, `{"metadata":{"finalizers":null}}`)
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(recording), recording) }).
			Should(MatchError(ContainSubstring("not found")))
		e.run()
		Eventually(e.journalled(ctx)).Should(BeZero())
	})

	It("about a recording that has left the watched labels is recorded all the same", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.receives = true
		e.selector = labels.SelectorFromSet(labels.Set{"shard": "one"})
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("moved", nil)
		recording.Labels = map[string]string{"shard": "one"}
		e.adopt(ctx, recording)
		e.writes.setRefuse(true)
		e.notify(recording, 45, notify.Details{"fileName": "moved.jpg"})
		Eventually(e.deliveries(recording, 45)).Should(ConsistOf(http.StatusOK))
		patch(ctx, recording, `{"metadata":{"labels":{"shard":"two"}}}`)
		e.writes.setRefuse(false)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.FileList", ContainElement(HaveField("FileName", "moved.jpg"))))
		Eventually(e.journalled(ctx)).Should(BeZero())
	})

	It("that is no notification is refused", func(ctx context.Context) {
		e := beginReceiving(ctx, agorasim.Options{})
		send := func(method, contentType, body string) int {
			GinkgoHelper()
			request, err := http.NewRequestWithContext(ctx, method, e.receiver, bytes.NewBufferString(body))
			Expect(err).NotTo(HaveOccurred())
			request.Header.Set("Content-Type", contentType)
			response, err := http.DefaultClient.Do(request)
			Expect(err).NotTo(HaveOccurred())
			_, err = io.Copy(io.Discard, response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Body.Close()).To(Succeed())
			return response.StatusCode
		}
		// The receiver serves once the cache is filled.
		Expect(send(http.MethodGet, "application/json", "")).To(Equal(http.StatusMethodNotAllowed))
		Expect(send(http.MethodPost, "text/plain", "{}")).To(Equal(http.StatusUnsupportedMediaType))
		Expect(send(http.MethodPost, "application/json", "{")).To(Equal(http.StatusBadRequest))
		Expect(send(http.MethodPost, "application/json", strings.Repeat(" ", 1<<20))).To(Equal(http.StatusRequestEntityTooLarge))
	})
})
