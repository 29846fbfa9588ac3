// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus/testutil"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/events"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const (
	neighborID     = "customer-2"
	neighborSecret = "s3cr3t-of-customer-2"

	// token is what an attacker is after.
	token = "s3cr3t-token"
)

// siege is an operator that looks after two namespaces: in that of the
// environment an attacker may write recordings, and nothing else; in the other
// somebody else records, with an account of their own.
type siege struct {
	*environment
	neighbor *environment

	// attacker may not write the status, and mender may.
	attacker, mender client.Client
}

func besiege(ctx context.Context, options agorasim.Options, change func(*environment)) *siege {
	GinkgoHelper()
	s := &siege{environment: newEnvironmentWithBucket(ctx, options)}
	s.agora.SetCredential(neighborID, neighborSecret)
	s.createSecret(ctx, customerSecret)
	s.createBucketSecret(ctx, bucketServer.SecretKey)
	neighbor := *s.environment
	neighbor.namespace = createNamespace(ctx)
	s.neighbor = &neighbor
	Expect(k8sClient.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: neighbor.namespace, Name: "agora"},
		StringData: map[string]string{
			v1alpha1.CustomerIDKey: neighborID, v1alpha1.CustomerSecretKey: neighborSecret,
			v1alpha1.NotificationSecretKey: notificationSecret,
		},
	})).To(Succeed())
	s.neighbors = []string{neighbor.namespace}
	s.attacker = s.permit(ctx, "attacker", "cloudrecordings")
	s.mender = s.permit(ctx, "mender", "cloudrecordings", "cloudrecordings/status")
	if change != nil {
		change(s.environment)
	}
	s.run()
	return s
}

// permit returns a client that may do everything with resources of the group in
// the environment's namespace, and nothing else.
func (e *environment) permit(ctx context.Context, user string, resources ...string) client.Client {
	GinkgoHelper()
	meta := metav1.ObjectMeta{Namespace: e.namespace, Name: user}
	Expect(k8sClient.Create(ctx, &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{{
		APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: resources, Verbs: []string{"*"},
	}}})).To(Succeed())
	user += "-of-" + e.namespace
	Expect(k8sClient.Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: meta.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})).To(Succeed())
	config := rest.CopyConfig(clusterConfig)
	config.Impersonate = rest.ImpersonationConfig{UserName: user}
	config.QPS = -1
	permitted, err := client.New(config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	// A binding counts a moment after it was written.
	Eventually(func() error {
		return permitted.List(ctx, &v1alpha1.CloudRecordingList{}, client.InNamespace(e.namespace))
	}).Should(Succeed())
	return permitted
}

// said returns all that an attacker can read of their namespace, and more.
func (e *environment) said(ctx context.Context) string {
	GinkgoHelper()
	recordings := &v1alpha1.CloudRecordingList{}
	Expect(k8sClient.List(ctx, recordings, client.InNamespace(e.namespace))).To(Succeed())
	events := &eventsv1.EventList{}
	Expect(k8sClient.List(ctx, events, client.InNamespace(e.namespace))).To(Succeed())
	text, err := json.Marshal([]any{recordings.Items, events.Items})
	Expect(err).NotTo(HaveOccurred())
	return string(text) + string(e.logs.Contents())
}

// change patches an object as the client's user.
func change(ctx context.Context, as client.Client, object client.Object, patch string) error {
	target, _ := object.DeepCopyObject().(client.Object)
	return as.Patch(ctx, target, client.RawPatch("application/merge-patch+json", []byte(patch)))
}

// expectServed checks that the neighbor's recordings are stopped as ever.
func (s *siege) expectServed(ctx context.Context, name string) {
	GinkgoHelper()
	recording := s.neighbor.record(name, nil)
	recording.Spec.State = v1alpha1.RecordingStateStopped
	begin := time.Now()
	Expect(k8sClient.Create(ctx, recording)).To(Succeed())
	Eventually(s.neighbor.simulated(recording)).Should(HaveField("StopsTaken", 1))
	GinkgoWriter.Printf("the neighbor's recording was stopped after %s\n", time.Since(begin))
	Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
	Expect(string(s.logs.Contents())).NotTo(ContainSubstring("panic"))
}

var _ = Describe("an attacker who may only write recordings of a namespace", func() {
	It("has no other right", func(ctx context.Context) {
		s := besiege(ctx, agorasim.Options{}, nil)
		for _, list := range []client.ObjectList{&corev1.SecretList{}, &corev1.ConfigMapList{}, &eventsv1.EventList{}} {
			Expect(s.attacker.List(ctx, list, client.InNamespace(s.namespace))).To(Satisfy(apierrors.IsForbidden))
		}
		Expect(s.attacker.List(ctx, &v1alpha1.CloudRecordingList{}, client.InNamespace(s.neighbor.namespace))).To(Satisfy(apierrors.IsForbidden))

		recording := s.record("lesson", nil)
		recording.Status.SID = "forged"
		Expect(s.attacker.Create(ctx, recording)).To(Succeed())
		Expect(recording.Status.SID).To(BeEmpty(), "a status that is created with the object counts for nothing")
		Expect(s.attacker.Status().Patch(ctx, recording, client.RawPatch("application/merge-patch+json", []byte(`{"status":{"sid":"forged"}}`)))).
			To(Satisfy(apierrors.IsForbidden))
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", recording.Spec.SID))
	})

	Describe("cannot read Secrets", func() {
		It("by naming one that is for something else", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			Expect(k8sClient.Create(ctx, &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "ci", Annotations: map[string]string{"last": token}},
				StringData: map[string]string{"private-key-name": token, "customerId": token},
			})).To(Succeed())
			recording := s.record("lesson", nil)
			recording.Spec.CredentialsSecretRef.Name = "ci"
			Expect(s.attacker.Create(ctx, recording)).To(Succeed())
			Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.CredentialsNotFoundReason))

			stopped := s.recordInto("stopped", nil)
			stopped.Spec.State = v1alpha1.RecordingStateStopped
			stopped.Spec.Storage.ReadCredentialsSecretRef.Name = "ci"
			Expect(s.attacker.Create(ctx, stopped)).To(Succeed())
			Eventually(observe(ctx, stopped)).Should(haveCondition(v1alpha1.VerifiedCondition, metav1.ConditionUnknown, v1alpha1.StorageCredentialsNotFoundReason))

			Expect(s.said(ctx)).NotTo(Or(ContainSubstring(token), ContainSubstring("private-key-name")))
		})

		It("by having the token of a service account sent to Agora", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			account := &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{
					Namespace: s.namespace, Name: "account", Annotations: map[string]string{corev1.ServiceAccountNameKey: "default"},
				},
				Type: corev1.SecretTypeServiceAccountToken, StringData: map[string]string{corev1.ServiceAccountTokenKey: token},
			}
			Expect(k8sClient.Create(ctx, account)).To(Succeed())
			recording := s.lessonToStart(func(spec *v1alpha1.CloudRecordingSpec) { spec.Start.TokenSecretRef.Name = account.Name })
			Expect(s.attacker.Create(ctx, recording)).To(Succeed())
			Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason))
			Expect(s.agora.Requests()).To(BeEmpty())
			Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(account), account)).To(Succeed())
			Expect(account.Finalizers).To(BeEmpty())
		})

		It("of another namespace", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			recording := s.record("lesson", nil)
			for _, name := range []string{
				s.neighbor.namespace + "/agora", "../" + s.neighbor.namespace + "/agora", "..", "agora?namespace=" + s.neighbor.namespace, "agora%2f..", "agora\n", "",
			} {
				recording.Spec.CredentialsSecretRef.Name = name
				Expect(s.attacker.Create(ctx, recording)).To(Satisfy(apierrors.IsInvalid), "%q", name)
			}
			recording.Spec.CredentialsSecretRef.Name = "agora"
			recording.Namespace = s.neighbor.namespace
			Expect(s.attacker.Create(ctx, recording)).To(Satisfy(apierrors.IsForbidden))
		})

		It("or tell whether one exists in another namespace", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			Expect(k8sClient.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.neighbor.namespace, Name: "theirs"}})).To(Succeed())
			recording := s.record("lesson", nil)
			recording.Spec.CredentialsSecretRef.Name = "theirs"
			Expect(s.attacker.Create(ctx, recording)).To(Succeed())
			Eventually(observe(ctx, recording)).Should(WithTransform(message, ContainSubstring(fmt.Sprintf("does not exist in namespace %q", s.namespace))))
		})
	})

	It("cannot keep a Secret from being deleted that holds no credentials", func(ctx context.Context) {
		s := besiege(ctx, agorasim.Options{}, nil)
		release := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "sh.helm.release.v1.shop.v1"},
			StringData: map[string]string{"release": token},
		}
		Expect(k8sClient.Create(ctx, release)).To(Succeed())
		recording := s.recordInto("lesson", nil)
		recording.Spec.CredentialsSecretRef.Name = release.Name
		recording.Spec.Storage.ReadCredentialsSecretRef.Name = release.Name
		Expect(s.attacker.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.CredentialsNotFoundReason))
		Consistently(func(g Gomega) []string {
			g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(release), release)).To(Succeed())
			return release.Finalizers
		}).WithTimeout(500 * time.Millisecond).Should(BeEmpty())

		By("keeping it once it does")
		patch(ctx, release, fmt.Sprintf(`{"stringData":{"customerId":%q,"customerSecret":%q}}`, customerID, customerSecret))
		Eventually(func(g Gomega) []string {
			g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(release), release)).To(Succeed())
			return release.Finalizers
		}).Should(ContainElement(v1alpha1.InUseFinalizer))
	})

	Describe("cannot make the operator call a host", func() {
		It("by the endpoint of a bucket", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			address, called := listen(ctx)
			host, port, err := net.SplitHostPort(address)
			Expect(err).NotTo(HaveOccurred())
			allowed := strings.TrimPrefix(bucketServer.Endpoint, "http://")
			for number, endpoint := range []string{
				address, "http://" + address, "https://" + address, "http://localhost:" + port, "http://127.1:" + port, "http://0x7f000001:" + port,
				"http://2130706433:" + port, "http://0177.0.0.1:" + port, "http://[::1]:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://0:" + port,
				"http://" + allowed + "@" + address, "http://user:password@" + address, "http://" + address + "#@" + allowed, "http://" + address + "?" + allowed,
				"http://" + address + "\\@" + allowed, "http://" + allowed + "/../../" + address, "http://" + allowed + "/%2e%2e/" + address,
				"http://" + host + ".:" + port, "HTTP://" + address, "ftp://" + address, "http://" + address + "\r\nHost: " + allowed,
				"http://169.254.169.254/latest/meta-data", "kubernetes.default.svc", "http://" + allowed + "." + address,
			} {
				recording := s.recordInto(fmt.Sprint("lesson-", number), nil)
				recording.Spec.State = v1alpha1.RecordingStateStopped
				recording.Spec.Storage.Endpoint = endpoint
				if err := s.attacker.Create(ctx, recording); err != nil {
					Expect(err).To(Satisfy(apierrors.IsInvalid), "%q", endpoint)
					continue
				}
				Eventually(observe(ctx, recording)).Should(Or(
					haveCondition(v1alpha1.VerifiedCondition, metav1.ConditionUnknown, v1alpha1.StorageEndpointNotAllowedReason),
					// A path at an allowed host, where no bucket is.
					haveCondition(v1alpha1.VerifiedCondition, metav1.ConditionUnknown, v1alpha1.BucketNotFoundReason),
				), "%q", endpoint)
			}
			Expect(called.Load()).To(BeZero())
		})

		It("by the name of a bucket, a vendor or a region", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			for number, change := range []func(*v1alpha1.StorageSpec){
				func(spec *v1alpha1.StorageSpec) { spec.Bucket = "127.0.0.1/x" },
				func(spec *v1alpha1.StorageSpec) { spec.Bucket = "a@127.0.0.1" },
				func(spec *v1alpha1.StorageSpec) { spec.Bucket = "a?b" },
				func(spec *v1alpha1.StorageSpec) { spec.Bucket = ".." },
				func(spec *v1alpha1.StorageSpec) { spec.Bucket = "a#b" },
				func(spec *v1alpha1.StorageSpec) { spec.Vendor = 4 },
				func(spec *v1alpha1.StorageSpec) { spec.Vendor, spec.Region = 1, 26 },
				func(spec *v1alpha1.StorageSpec) { spec.Region = -1 },
				func(spec *v1alpha1.StorageSpec) { spec.FileNamePrefix = []string{"..", ".."} },
				func(spec *v1alpha1.StorageSpec) { spec.FileNamePrefix = []string{"a/b"} },
				func(spec *v1alpha1.StorageSpec) { spec.FileNamePrefix = []string{"a?list-type=1"} },
			} {
				recording := s.recordInto(fmt.Sprint("lesson-", number), nil)
				change(recording.Spec.Storage)
				Expect(s.attacker.Create(ctx, recording)).To(Satisfy(apierrors.IsInvalid), "%d", number)
			}
		})

		It("or call anything else of Agora's API than its own recording", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			for number, change := range []func(*v1alpha1.CloudRecordingSpec){
				func(spec *v1alpha1.CloudRecordingSpec) { spec.AppID = "../../v2" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.AppID = ".." },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.AppID = "a%2fb" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.ResourceID = "a/b" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.ResourceID = "." },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.ResourceID = "a?b" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.SID = "a#" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.SID = "a;b" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.SID = "a\u0000" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.SID = "ａ" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.Mode = "mix/stop" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.Mode, spec.CName = v1alpha1.WebMode, "a\r\nHost: b" },
				func(spec *v1alpha1.CloudRecordingSpec) { spec.UID = "1 OR 1" },
			} {
				recording := s.record(fmt.Sprint("lesson-", number), nil)
				change(&recording.Spec)
				Expect(s.attacker.Create(ctx, recording)).To(Satisfy(apierrors.IsInvalid), "%d", number)
			}
		})
	})

	Describe("cannot starve others", func() {
		It("by objects that fail for ever and are touched again and again", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{RequestsPerSecond: 10}, func(e *environment) { e.settings.RequestsPerSecond = 10 })
			const appID = "attackers"
			s.fault(faults.Fault{AppID: appID, Effect: faults.EffectAnswer, Status: 503})
			var lessons []*v1alpha1.CloudRecording
			for number := range 200 {
				recording := s.objectFor(fmt.Sprint("lesson-", number), agorasim.Recording{
					AppID: appID, CName: "lesson", UID: "1", Mode: recorder.ModeMix, ResourceID: "resource", SID: fmt.Sprint("sid-", number),
				})
				recording.Spec.State = v1alpha1.RecordingStateStopped
				Expect(s.attacker.Create(ctx, recording)).To(Succeed())
				lessons = append(lessons, recording)
			}
			flapping, stop := context.WithCancel(ctx)
			defer stop()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for count := 0; flapping.Err() == nil; count++ {
					// What fails is tried with the next.
					_ = change(flapping, s.attacker, lessons[count%len(lessons)],
						fmt.Sprintf(`{"metadata":{"annotations":{"cloudrecording.dev/reconcile-at":"%d"}},"spec":{"asyncStop":%t}}`, count, count/len(lessons)%2 == 0))
				}
			}()
			for number := range 3 {
				s.expectServed(ctx, fmt.Sprint("lesson-", number))
			}
			stop()
			<-ended
			phases, err := testutil.GatherAndCount(s.registry, "cloudrecording_recordings")
			Expect(err).NotTo(HaveOccurred())
			Expect(phases).To(Equal(8), "no label is the attacker's to choose")
		})

		It("by naming the sid of their recordings", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, func(e *environment) {
				e.receives = true
				patch(ctx, e.secret(ctx)(Default), `{"stringData":{"notificationSecret":"the-attackers-own"}}`)
			})
			recording := s.neighbor.record("lesson", nil)
			s.neighbor.adopt(ctx, recording)
			for number := range 100 {
				same := recording.DeepCopy()
				same.ObjectMeta = metav1.ObjectMeta{Namespace: s.namespace, Name: fmt.Sprint("same-", number)}
				same.Spec.Suspend = true
				Expect(s.attacker.Create(ctx, same)).To(Succeed())
			}
			s.neighbor.notify(recording, 45, notify.Details{"fileName": "theirs.jpg"})
			Eventually(observe(ctx, recording)).Should(HaveField("Status.FileList", ContainElement(HaveField("FileName", "theirs.jpg"))))
			Eventually(s.neighbor.deliveries(recording, 45)).Should(ConsistOf(200))
			Expect(s.said(ctx)).NotTo(ContainSubstring("theirs.jpg"))
		})

		It("by events that nobody can count", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			recording := s.record("lesson", nil)
			recording.Spec.CredentialsSecretRef.Name = "missing"
			begun := time.Now()
			Expect(s.attacker.Create(ctx, recording)).To(Succeed())
			for number := range 40 {
				suspend := number%2 == 0
				Expect(change(ctx, s.attacker, recording, fmt.Sprintf(`{"spec":{"suspend":%t}}`, suspend))).To(Succeed())
				status, reason := metav1.ConditionFalse, v1alpha1.CredentialsNotFoundReason
				if suspend {
					status, reason = metav1.ConditionTrue, v1alpha1.SuspendedReason
				}
				Eventually(observe(ctx, recording)).Should(haveReady(status, reason))
				Expect(change(ctx, s.attacker, recording, fmt.Sprintf(`{"spec":{"credentialsSecretRef":{"name":"missing-%d"}}}`, number))).To(Succeed())
			}
			for number := range 40 {
				state := fmt.Sprintf(`{"spec":{"suspend":false,"credentialsSecretRef":{"name":%q}}}`, []string{"missing", "agora"}[number%2])
				Expect(change(ctx, s.attacker, recording, state)).To(Succeed())
				reasons := []string{v1alpha1.CredentialsNotFoundReason, v1alpha1.RecordingReason}
				Eventually(observe(ctx, recording)).Should(WithTransform(func(r *v1alpha1.CloudRecording) string { return decision.ReadyReason(r.Status) }, Equal(reasons[number%2])))
			}
			// On a slow machine, minutes pass.
			allowed := events.ObjectEvents + int(time.Since(begun)/events.ObjectEventInterval)
			Expect(len(s.events(ctx, recording)(Default))).To(BeNumerically("<=", allowed))
		})
	})

	It("cannot forge a line of the log, nor command a terminal, by what Agora repeats", func(ctx context.Context) {
		s := besiege(ctx, agorasim.Options{}, nil)
		recording := s.record("lesson", nil)
		recording.Spec.Upload.DeletionTimeout = &metav1.Duration{}
		const forged = "\n2026-01-01T00:00:00Z\tINFO\tforged {}\r\n\x1b[2J\u009b31m\u202e"
		body := func(members map[string]any) string {
			members["resourceId"], members["sid"] = recording.Spec.ResourceID, recording.Spec.SID
			text, err := json.Marshal(members)
			Expect(err).NotTo(HaveOccurred())
			return string(text)
		}
		s.fault(faults.Fault{
			SID: recording.Spec.SID, Method: "query", Effect: faults.EffectAnswer, Status: 200, ContentType: "application/json",
			Body: body(map[string]any{"serverResponse": map[string]any{
				"status": 5, "fileListMode": "json", "fileList": []any{map[string]any{"fileName": "a" + forged + ".m3u8", "trackType": forged}},
			}}),
		})
		s.fault(faults.Fault{
			SID: recording.Spec.SID, Method: "stop", Times: 1, Effect: faults.EffectAnswer, Status: 400, ContentType: "application/json",
			Body: body(map[string]any{"code": 2, "reason": forged}),
		})
		Expect(s.attacker.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.FileCount", BeEquivalentTo(1)))
		Expect(s.attacker.Delete(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.LastError", Not(BeNil())))
		current := observe(ctx, recording)(Default)
		for _, condition := range current.Status.Conditions {
			Expect(bounds.Printable(condition.Message)).To(Equal(condition.Message))
		}
		Expect(change(ctx, s.attacker, recording, `{"metadata":{"annotations":{"cloudrecording.dev/reconcile-at":"1"}}}`)).To(Succeed())
		s.eventuallyGone(ctx, recording)
		Eventually(s.events(ctx, recording)).Should(ContainElement(ContainSubstring("Files (2)")))
		for _, event := range s.events(ctx, recording)(Default) {
			Expect(bounds.Printable(event)).To(Equal(event))
		}
		logs := string(s.logs.Contents())
		Expect(logs).To(ContainSubstring("forged"), "what was said is in the log, as a value")
		Expect(logs).NotTo(Or(MatchRegexp(`(?m)^2026-01-01T00:00:00Z`), ContainSubstring("\x1b"), ContainSubstring("\r")))
	})

	Describe("cannot crash the operator", func() {
		It("by a forged status", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			for what, status := range map[string]string{
				"a time that Go cannot read":                `{"stoppedTime":"2026-01-01t00:00:00z"}`,
				"a notification's time that Go cannot read": `{"notified":[{"eventType":31,"uid":"1","time":"2026-01-01T00:00:00Z"}]}`,
				"the end of a recording and no time":        `{"stoppedTime":null,"uploadedTime":null,"conditions":[{"type":"Stopped","status":"True","reason":"A","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}`,
				"the last of all times":                     `{"stoppedTime":"9999-12-31T23:59:59Z","notFoundSince":"9999-12-31T23:59:59Z","conditions":[{"type":"Stopped","status":"True","reason":"A","message":"","lastTransitionTime":"9999-12-31T23:59:59Z"}]}`,
				"the first of all times":                    `{"stoppedTime":"0000-01-01T00:00:00Z","notFoundSince":"0001-01-01T00:00:00Z","stopRequestedTime":"0001-01-01T00:00:00Z","conditions":[{"type":"Stopped","status":"True","reason":"A","message":"","lastTransitionTime":"0001-01-01T00:00:00Z"}]}`,
				"numbers at their bounds":                   `{"serviceStatus":-2147483648,"fileCount":2147483647,"observedGeneration":9223372036854775807,"fileList":[{"fileName":"","sliceStartTime":-9223372036854775808}],"exit":{"leaveCode":-1,"webStopCode":-1}}`,
				"a verification that never was":             `{"verification":{"time":"2026-01-01T00:00:00Z","missing":-1,"indexes":2147483647,"mp4s":2147483647,"missingFiles":["a"]}}`,
				"events in no order":                        `{"notified":[{"eventType":32,"uid":"b","time":"2026-01-01T00:00:00.000000Z"},{"eventType":31,"uid":"a","time":"2026-01-01T00:00:00.000000Z"},{"eventType":-1,"uid":"","time":"2026-01-01T00:00:00.000000Z"}]}`,
				"strings that are no words":                 `{"uploadingStatus":"\u0000\u001b[31m\n","fileListMode":"` + strings.Repeat("x", 100_000) + `","lastError":{"operation":"stop","reason":"\u001b]0;\u0007","since":"2026-01-01T00:00:00Z"}}`,
				"a thousand files":                          manyFiles(1000),
			} {
				By("writing " + what)
				for _, state := range []v1alpha1.RecordingState{v1alpha1.RecordingStateRecording, v1alpha1.RecordingStateStopped} {
					s.forge(ctx, state, status)
				}
			}
			s.expectServed(ctx, "lesson")
		})

		It("by objects that are as large as can be", func(ctx context.Context) {
			s := besiege(ctx, agorasim.Options{}, nil)
			value := strings.Repeat("x", 200<<10)
			for number := range 5 {
				recording := s.record(fmt.Sprint("lesson-", number), nil)
				recording.Annotations = map[string]string{"note": value, v1alpha1.ReconcileAtAnnotation: value[:50<<10]}
				recording.Labels = map[string]string{}
				for label := range 500 {
					recording.Labels[fmt.Sprint("label-", label)] = value[:60]
				}
				for owner := range 500 {
					recording.OwnerReferences = append(recording.OwnerReferences, metav1.OwnerReference{
						APIVersion: "v1", Kind: "ConfigMap", Name: value[:100], UID: types.UID(fmt.Sprint(owner)),
					})
				}
				Expect(s.attacker.Create(ctx, recording)).To(Succeed())
			}
			s.expectServed(ctx, "lesson")
		})
	})
})

// forge writes a status of a recording, as far as the API server takes it, and
// has the operator work with it.
func (s *siege) forge(ctx context.Context, state v1alpha1.RecordingState, status string) {
	GinkgoHelper()
	recording := s.recordInto(fmt.Sprint("forged-", rand.Text()[:8]), nil)
	recording.Name = strings.ToLower(recording.Name)
	recording.Spec.State, recording.Spec.Suspend = state, true
	Expect(s.mender.Create(ctx, recording)).To(Succeed())
	Eventually(observe(ctx, recording)).Should(HaveField("Status.ObservedGeneration", BeNumerically(">", 0)))
	err := s.mender.Status().Patch(ctx, recording, client.RawPatch("application/merge-patch+json", []byte(`{"status":`+status+`}`)))
	if err != nil {
		Expect(err).To(Satisfy(apierrors.IsInvalid))
		return
	}
	Expect(change(ctx, s.mender, recording, `{"metadata":{"annotations":{"cloudrecording.dev/reconcile-at":"1"}},"spec":{"suspend":false}}`)).To(Succeed())
	Expect(s.mender.Delete(ctx, recording)).To(Succeed())
}

// manyFiles returns a status with files that nobody has recorded.
func manyFiles(count int) string {
	files := make([]string, 0, count)
	for i := range count {
		files = append(files, fmt.Sprintf(`{"fileName":"%04d%s"}`, i, strings.Repeat("x", 100)))
	}
	return `{"fileList":[` + strings.Join(files, ",") + `]}`
}

// listen returns the address of a server that counts who connects.
func listen(ctx context.Context) (address string, called *atomic.Int32) {
	GinkgoHelper()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	called = &atomic.Int32{}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			called.Add(1)
			_ = connection.Close()
		}
	}()
	DeferCleanup(func() {
		Expect(listener.Close()).To(Succeed())
		<-ended
	})
	return listener.Addr().String(), called
}
