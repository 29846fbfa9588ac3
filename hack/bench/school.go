// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	// notificationSecret signs the notifications of all accounts.
	notificationSecret = "secret-of-notifications"

	// requestsPerSecond is an account's limit, at Agora and in the operator,
	// unless a school has another.
	requestsPerSecond = 10

	// adoptionLimit is an account's limit while recordings are adopted.
	adoptionLimit = 2000

	// unlimited makes the simulator refuse nothing.
	unlimited = -1

	// parallelWrites is how many writes to the API server are under way at once.
	parallelWrites = 16

	// requestLogSize is how many requests the simulator keeps.
	requestLogSize = 100_000
)

// schoolOptions say what a school has beside what all have. The zero value is
// usable.
type schoolOptions struct {
	// accounts is how many accounts there are; one if it is not stated.
	accounts int

	// requestsPerSecond is the limit of each account if it is not the usual one.
	requestsPerSecond int

	// bucket gets the recorded files, if any.
	bucket *blob.Bucket

	// namespaces are further ones that the operator watches.
	namespaces []string

	// arguments are further flags of the operator.
	arguments []string
}

func (o schoolOptions) limit() int { return cmp.Or(o.requestsPerSecond, requestsPerSecond) }

// school is what a benchmark works in: a namespace with the credentials of
// accounts, a simulated Agora, and an operator of its own.
type school struct {
	// folder is where logs are kept.
	folder    string
	namespace string
	client    client.WithWatch

	agora    *agorasim.Simulator
	server   *agorasim.Server
	arrivals *arrivals
	accounts []account
	limit    int

	operator        *testenv.Operator
	operatorOptions testenv.OperatorOptions
	metricsURL      string

	changes *changes

	// followUps is how many queries may follow uploads.
	followUps int
}

// open starts the parts of a school.
func (l *laboratory) open(ctx context.Context, options schoolOptions) (_ *school, err error) {
	s := &school{
		folder:   l.folder,
		client:   l.client,
		arrivals: &arrivals{},
		accounts: newAccounts(cmp.Or(options.accounts, 1)),
		limit:    options.limit(),
	}
	s.simulate(options)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.server, err = s.agora.Listen("127.0.0.1:0"); err != nil {
		return nil, err
	}
	if err := s.createNamespace(ctx); err != nil {
		return nil, err
	}
	if s.changes, err = watchChanges(ctx, l.client, s.namespace); err != nil {
		return nil, err
	}
	s.operatorOptions = testenv.OperatorOptions{
		Binary:     l.binary,
		Kubeconfig: l.plane.Kubeconfig,
		Arguments: append([]string{
			"--agora-endpoints=" + s.server.URL,
			"--watch-namespaces=" + strings.Join(append([]string{s.namespace}, options.namespaces...), ","),
			"--notifications-namespace=" + s.namespace,
			// So long that no poll falls into what is measured, and no file list grows old.
			"--poll-interval=10m",
		}, options.arguments...),
		Output: l.log,
	}
	if l.pprofAddress != "" {
		s.operatorOptions.Arguments = append(s.operatorOptions.Arguments, "--pprof-bind-address="+l.pprofAddress)
	}
	return s, s.startOperator(ctx)
}

// simulate makes the simulated Agora.
func (s *school) simulate(options schoolOptions) {
	credentials := map[string]string{}
	for _, a := range s.accounts {
		credentials[a.customerID] = a.customerSecret
	}
	s.agora = agorasim.New(agorasim.Options{
		Credentials:       credentials,
		RequestsPerSecond: s.limit,
		Bucket:            options.bucket,
		RequestLogSize:    requestLogSize,
		OnRequest:         s.arrivals.note,
	})
}

func (s *school) createNamespace(ctx context.Context) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "school-"}}
	if err := s.client.Create(ctx, namespace); err != nil {
		return fmt.Errorf("create a namespace: %w", err)
	}
	s.namespace = namespace.Name
	for _, a := range s.accounts {
		if err := s.createAccount(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (s *school) createSecret(ctx context.Context, name string, content map[string]string) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}, StringData: content}
	if err := s.client.Create(ctx, secret); err != nil {
		return fmt.Errorf("create the Secret %s: %w", name, err)
	}
	return nil
}

// close ends the parts of a school. Its objects end with the control plane.
func (s *school) close() error {
	var err error
	if s.operator != nil {
		err = s.operator.Stop()
	}
	if s.changes != nil {
		s.changes.stop()
	}
	if s.server != nil {
		err = errors.Join(err, s.server.Close())
	}
	s.agora.Close()
	return err
}

// lessonOptions describe a recording. A synchronous stop of it takes so long.
func lessonOptions(name string, stop time.Duration) agorasim.RecordingOptions {
	return agorasim.RecordingOptions{
		AppID: "0123456789abcdef0123456789abcdef", CName: name, UID: "527841", Mode: agorasim.ModeMix,
		UploadDuration: &metav1.Duration{Duration: stop},
	}
}

// manyLessons describe as many recordings.
func manyLessons(name string, count int, stop time.Duration) []agorasim.RecordingOptions {
	lessons := make([]agorasim.RecordingOptions, 0, count)
	for i := range count {
		lessons = append(lessons, lessonOptions(fmt.Sprintf("%s-%d", name, i), stop))
	}
	return lessons
}

// record adds a recording that runs at Agora, and returns an object for it.
func (s *school) record(a account, options agorasim.RecordingOptions) (*v1alpha1.CloudRecording, error) {
	recording, err := s.agora.AddRecording(options)
	if err != nil {
		return nil, fmt.Errorf("add recording %s: %w", options.CName, err)
	}
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: recording.CName},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: recording.AppID, CName: recording.CName, UID: recording.UID, Mode: v1alpha1.RecordingMode(recording.Mode),
			ResourceID: recording.ResourceID, SID: recording.SID,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: a.secretName},
		},
	}, nil
}

// adopt creates objects for new recordings of an account, and waits until each
// has been polled once: their file lists are fresh. The limit of the account is
// raised meanwhile.
func (s *school) adopt(ctx context.Context, a account, recordings []agorasim.RecordingOptions) ([]*v1alpha1.CloudRecording, error) {
	if err := s.raiseLimits(ctx, []account{a}); err != nil {
		return nil, err
	}
	lessons, err := s.apply(ctx, a, recordings)
	if err != nil {
		return nil, err
	}
	for _, lesson := range lessons {
		if _, err := s.changes.await(ctx, lesson.Name, "polled", isPolled); err != nil {
			return nil, err
		}
	}
	return lessons, s.restoreLimits(ctx, []account{a})
}

// apply creates objects for new recordings of an account.
func (s *school) apply(ctx context.Context, a account, recordings []agorasim.RecordingOptions) ([]*v1alpha1.CloudRecording, error) {
	lessons := make([]*v1alpha1.CloudRecording, 0, len(recordings))
	for _, options := range recordings {
		lesson, err := s.record(a, options)
		if err != nil {
			return nil, err
		}
		lessons = append(lessons, lesson)
	}
	return lessons, s.create(ctx, lessons)
}

// create creates objects, as fast as the API server takes them.
func (s *school) create(ctx context.Context, lessons []*v1alpha1.CloudRecording) error {
	return inParallel(lessons, func(lesson *v1alpha1.CloudRecording) error {
		if err := s.client.Create(ctx, lesson); err != nil {
			return fmt.Errorf("create object %s: %w", lesson.Name, err)
		}
		return nil
	})
}

// stopTogether sets recordings to Stopped, as fast as the API server takes it.
func (s *school) stopTogether(ctx context.Context, lessons []*v1alpha1.CloudRecording) error {
	return inParallel(lessons, func(lesson *v1alpha1.CloudRecording) error {
		_, err := s.stop(ctx, lesson)
		return err
	})
}

// stop sets a recording to Stopped, and returns when the request for it was sent.
func (s *school) stop(ctx context.Context, lesson *v1alpha1.CloudRecording) (time.Time, error) {
	change := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"state":"Stopped"}}`))
	// The answer is read into a copy, so that the recording may be used meanwhile.
	target := lesson.DeepCopy()
	sent := time.Now()
	if err := s.client.Patch(ctx, target, change); err != nil {
		return sent, fmt.Errorf("set %s to Stopped: %w", lesson.Name, err)
	}
	return sent, nil
}

// check fails if a recording was not stopped, if Agora was asked more than one
// query and one stop of each, or if it answered 429. The log of requests is
// kept then.
func (s *school) check() error {
	return s.keepIf(errors.Join(s.checkStopped(), s.checkRefusals(), s.checkRequests()))
}

func (s *school) checkStopped() error {
	var broken []error
	for _, r := range s.agora.Recordings() {
		if r.Running || r.StopsTaken != 1 {
			broken = append(broken, fmt.Errorf("recording %s was not stopped", r.CName))
		}
	}
	return errors.Join(broken...)
}

func (s *school) checkRefusals() error {
	if refused := s.refused(); refused > 0 {
		return fmt.Errorf("%d requests were answered 429", refused)
	}
	return nil
}

func (s *school) checkRequests() error {
	arrived, expected := len(s.arrivals.since(time.Time{})), len(s.agora.Recordings())*2
	if arrived < expected || arrived > expected+s.followUps {
		return fmt.Errorf("%d requests arrived at Agora, not the expected %d", arrived, expected)
	}
	return nil
}

// refused returns how many requests Agora answered 429.
func (s *school) refused() int {
	refused := 0
	for _, a := range s.agora.Accounts() {
		refused += a.RateLimited
	}
	return refused
}

// keepIf keeps the log of requests if something is broken.
func (s *school) keepIf(broken error) error {
	if broken == nil {
		return nil
	}
	return errors.Join(broken, s.keepRequests())
}

// keepRequests writes the simulator's log of requests beside the operator's log.
func (s *school) keepRequests() error {
	content, err := json.MarshalIndent(s.agora.Requests(), "", "  ")
	if err != nil {
		return fmt.Errorf("write the requests as JSON: %w", err)
	}
	if err := os.WriteFile(filepath.Join(s.folder, "requests.json"), content, 0o600); err != nil {
		return fmt.Errorf("keep the requests: %w", err)
	}
	return nil
}
