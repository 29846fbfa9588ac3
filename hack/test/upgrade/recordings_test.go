// SPDX-License-Identifier: Apache-2.0

//go:build upgrade

package upgrade

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	namespace = "lessons"

	customerID         = "customer-1"
	customerSecret     = "s3cr3t-of-customer-1"
	notificationSecret = "s3cr3t-of-notifications"
	appCertificate     = "5cfd2fd1755d40ecb72977518be15d3b"
	rtmpURL            = "rtmps://live.example.com/app/s3cr3t-stream-key"

	credentialsName = "agora"
	bucketName      = "bucket"
	certificateName = "certificate"
	liveName        = "live"
	profileName     = "lessons"

	uid          = "527841"
	alternateUID = "527842"
)

// recording is a recording with the expected requests to Agora so far.
type recording struct {
	name  string
	appID string
	asked map[string]int
}

// recordings are all recordings of the test.
type recordings struct{ all []*recording }

// appIDOf returns a unique App ID for a recording, by which its requests to Agora are
// identified.
func appIDOf(name string) string {
	digest := sha256.Sum256([]byte(name))
	return hex.EncodeToString(digest[:16])
}

func (rs *recordings) add(name string) *recording {
	r := &recording{name: name, appID: appIDOf(name), asked: map[string]int{}}
	rs.all = append(rs.all, r)
	return r
}

// wants adds expected requests to Agora, one for each method.
func (r *recording) wants(methods ...string) {
	for _, method := range methods {
		r.asked[method]++
	}
}

// object returns an object for the recording without its start.
func (r *recording) object(mode v1alpha1.RecordingMode) *v1alpha1.CloudRecording {
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: r.name},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: r.appID, CName: r.name, UID: uid, Mode: mode,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: credentialsName},
		},
	}
}

// storage is the bucket, with a key for both Agora and the operator.
func storage() *v1alpha1.StorageSpec {
	const selfBuilt = 11
	return &v1alpha1.StorageSpec{
		Vendor: selfBuilt, Bucket: testenv.BucketName, Endpoint: bucket.Server.Endpoint, FileNamePrefix: []string{"lessons"},
		CredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: bucketName},
	}
}

// adopt begins a recording at Agora, and creates an object that adopts it.
func (r *recording) adopt(ctx context.Context, scenario agorasim.Scenario, change func(*v1alpha1.CloudRecording)) {
	GinkgoHelper()
	object, err := agora.Begin(agorasim.RecordingOptions{
		AppID: r.appID, CName: r.name, UID: uid, Mode: recorder.ModeMix, AvFileType: []string{"hls", "mp4"},
		FileNamePrefix: []string{"lessons"}, Scenario: scenario,
	}, namespace, credentialsName)
	Expect(err).NotTo(HaveOccurred())
	object.Spec.Storage = storage()
	object.Spec.Storage.ReadCredentialsSecretRef, object.Spec.Storage.CredentialsSecretRef = object.Spec.Storage.CredentialsSecretRef, nil
	if change != nil {
		change(object)
	}
	Expect(k8sClient.Create(ctx, object)).To(Succeed())
}

// backedUp leaves files in Agora's backup until they are transferred on demand.
func backedUp(announced bool) agorasim.Scenario {
	return agorasim.Scenario{
		UploadingStatus: recorder.UploadingStatusBackuped,
		Upload:          &recorder.Upload{TransferAfter: metav1.Duration{Duration: -1}, AnnounceTransfer: announced},
	}
}

// start creates an object whose recording the operator starts.
func (r *recording) start(ctx context.Context, mode v1alpha1.RecordingMode, start *v1alpha1.StartSpec, change func(*v1alpha1.CloudRecording)) {
	GinkgoHelper()
	object := r.object(mode)
	object.Spec.Start, object.Spec.Storage = start, storage()
	if change != nil {
		change(object)
	}
	Expect(k8sClient.Create(ctx, object)).To(Succeed())
}

// startOfMix records all users of the channel together, in a layout.
func startOfMix() *v1alpha1.StartSpec {
	return &v1alpha1.StartSpec{
		RecordingConfig: &v1alpha1.RecordingConfig{
			ChannelType: 1, StreamTypes: 2, MaxIdleTime: 3600,
			TranscodingConfig: &v1alpha1.TranscodingConfig{
				Width: 640, Height: 360, FPS: 15, Bitrate: 500, MixedVideoLayout: 3,
				LayoutConfig: []v1alpha1.LayoutConfig{{UID: "1", Width: 1, Height: 1}},
			},
		},
		RecordingFileConfig: &v1alpha1.RecordingFileConfig{AVFileType: []v1alpha1.AVFileType{"hls", "mp4"}},
	}
}

// plainStart records a channel, without anything that could be changed while it runs.
func plainStart() *v1alpha1.StartSpec {
	return &v1alpha1.StartSpec{
		RecordingConfig:     &v1alpha1.RecordingConfig{ChannelType: 1, StreamTypes: 2, MaxIdleTime: 3600},
		RecordingFileConfig: &v1alpha1.RecordingFileConfig{AVFileType: []v1alpha1.AVFileType{"hls"}},
	}
}

// startOfIndividual records each of two users separately.
func startOfIndividual() *v1alpha1.StartSpec {
	group := int32(1)
	start := plainStart()
	start.RecordingConfig.SubscribeUIDGroup = &group
	start.RecordingConfig.SubscribeAudioUIDs = []v1alpha1.UserID{"123", "456"}
	return start
}

// startOfPage records a page and pushes it.
func startOfPage() *v1alpha1.StartSpec {
	profile := int32(1)
	return &v1alpha1.StartSpec{
		ExtensionServiceConfig: &v1alpha1.ExtensionServiceConfig{ExtensionServices: []v1alpha1.ExtensionService{
			{ServiceName: "web_recorder_service", ServiceParam: v1alpha1.ExtensionServiceParam{
				URL: "https://pages.example.com/", AudioProfile: &profile, VideoWidth: 1280, VideoHeight: 720, MaxRecordingHour: 3,
			}},
			{ServiceName: "rtmp_publish_service", ServiceParam: v1alpha1.ExtensionServiceParam{
				Outputs: []v1alpha1.RTMPOutput{{RTMPURLSecretRef: v1alpha1.RTMPURLSecretReference{Name: liveName}}},
			}},
		}},
		RecordingFileConfig: &v1alpha1.RecordingFileConfig{AVFileType: []v1alpha1.AVFileType{"hls"}},
	}
}

// createShared creates the Secrets and the profile of the recordings.
func createShared(ctx context.Context) {
	GinkgoHelper()
	Expect(k8sClient.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})).To(Succeed())
	for name, content := range map[string]map[string]string{
		credentialsName: {
			v1alpha1.CustomerIDKey: customerID, v1alpha1.CustomerSecretKey: customerSecret, v1alpha1.NotificationSecretKey: notificationSecret,
		},
		bucketName:      {v1alpha1.AccessKeyKey: bucket.Reader.AccessKey, v1alpha1.SecretKeyKey: bucket.Reader.SecretKey},
		certificateName: {v1alpha1.AppCertificateKey: appCertificate},
		liveName:        {v1alpha1.RTMPURLKey: rtmpURL},
	} {
		createSecret(ctx, name, content)
	}
	start := startOfMix()
	start.AppCertificateSecretRef = &v1alpha1.AppCertificateSecretReference{Name: certificateName}
	Expect(k8sClient.Create(ctx, &v1alpha1.CloudRecordingProfile{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: profileName},
		Spec: v1alpha1.CloudRecordingProfileSpec{
			UID: uid, Mode: v1alpha1.MixMode, Start: start, Storage: storage(),
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: credentialsName},
		},
	})).To(Succeed())
}

func createSecret(ctx context.Context, name string, content map[string]string) {
	GinkgoHelper()
	Expect(k8sClient.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, StringData: content})).To(Succeed())
}

// reference returns an empty object with the name of the object.
func (r *recording) reference() *v1alpha1.CloudRecording {
	return &v1alpha1.CloudRecording{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: r.name}}
}

// read returns a function that reads the object.
func (r *recording) read(ctx context.Context) func(Gomega) *v1alpha1.CloudRecording {
	return func(g Gomega) *v1alpha1.CloudRecording {
		current := r.reference()
		g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(current), current)).To(Succeed(), r.name)
		return current
	}
}

// patch patches the object as a user does.
func (r *recording) patch(ctx context.Context, change string) {
	GinkgoHelper()
	Expect(k8sClient.Patch(ctx, r.reference(), client.RawPatch("application/merge-patch+json", []byte(change)))).To(Succeed(), r.name)
}

// stop sets the recording to Stopped.
func (r *recording) stop(ctx context.Context) {
	GinkgoHelper()
	r.patch(ctx, `{"spec":{"state":"Stopped"}}`)
	r.wants(faults.MethodStop)
}

// delete deletes the object.
func (r *recording) delete(ctx context.Context) {
	GinkgoHelper()
	Expect(k8sClient.Delete(ctx, r.reference())).To(Succeed(), r.name)
}

// stopWithin delays the answer to the stop of the recording.
func (r *recording) stopWithin(delay time.Duration) {
	GinkgoHelper()
	_, err := agora.AddFault(faults.Fault{Method: faults.MethodStop, AppID: r.appID, DelayBeforeReply: metav1.Duration{Duration: delay}})
	Expect(err).NotTo(HaveOccurred())
}

// atAgora returns the latest recording at Agora.
func (r *recording) atAgora(g Gomega) agorasim.Recording {
	latest, known := agorasim.Recording{}, false
	for _, of := range agora.Recordings() {
		if of.AppID == r.appID && of.CName == r.name {
			latest, known = of, true
		}
	}
	g.Expect(known).To(BeTrue(), r.name)
	return latest
}

// transfer moves files from Agora's backup to the bucket.
func (r *recording) transfer() {
	GinkgoHelper()
	Expect(agora.Transfer(r.atAgora(Default).SID)).To(Succeed(), r.name)
}

// summary returns the phase of an object and the reason of Ready.
func summary(object *v1alpha1.CloudRecording) string {
	reason := ""
	if ready := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		reason = ready.Reason
	}
	return string(object.Status.Phase) + "/" + reason
}

// becomes waits until the object has the given summary.
func (r *recording) becomes(ctx context.Context, expected string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		object := r.read(ctx)(g)
		g.Expect(summary(object)).To(Equal(expected), "%s: %v", r.name, object.Status.Conditions)
	}).Should(Succeed())
}

// isGone waits until the object is gone.
func (r *recording) isGone(ctx context.Context) {
	GinkgoHelper()
	Eventually(func() error {
		return k8sClient.Get(ctx, client.ObjectKeyFromObject(r.reference()), r.reference())
	}).Should(MatchError(ContainSubstring("not found")), r.name)
}

// expectAsked expects exactly the wanted requests to Agora.
func (rs *recordings) expectAsked() {
	GinkgoHelper()
	Expect(rs.asked()).To(Equal(rs.wanted()))
}

// wanted counts the expected requests to Agora by recording and method.
func (rs *recordings) wanted() map[string]map[string]int {
	wanted := map[string]map[string]int{}
	for _, r := range rs.all {
		if len(r.asked) > 0 {
			wanted[r.appID] = r.asked
		}
	}
	return rs.named(wanted)
}

// asked counts the actual requests to Agora by recording and method. It ignores queries,
// because they change nothing.
func (rs *recordings) asked() map[string]map[string]int {
	asked := map[string]map[string]int{}
	for _, request := range agora.Requests() {
		if request.Method == faults.MethodQuery {
			continue
		}
		if asked[request.AppID] == nil {
			asked[request.AppID] = map[string]int{}
		}
		asked[request.AppID][request.Method]++
	}
	return rs.named(asked)
}

// named replaces App IDs with the names of recordings, for people.
func (rs *recordings) named(counts map[string]map[string]int) map[string]map[string]int {
	named := map[string]map[string]int{}
	for appID, of := range counts {
		name := appID
		if i := slices.IndexFunc(rs.all, func(r *recording) bool { return r.appID == appID }); i >= 0 {
			name = rs.all[i].name
		}
		named[name] = of
	}
	return named
}
