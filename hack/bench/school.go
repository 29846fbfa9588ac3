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
	"time"

	"gocloud.dev/blob"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/manager"
)

const (
	customerID     = "customer-1"
	customerSecret = "secret-of-customer-1"
	secretName     = "agora"

	// notificationSecret signs the account's notifications.
	notificationSecret = "secret-of-notifications"

	// requestsPerSecond is the account's limit, at Agora and in the operator,
	// unless a school has another.
	requestsPerSecond = 10
)

// schoolOptions say what a school has beside what all have. The zero value is
// usable.
type schoolOptions struct {
	// requestsPerSecond is the account's limit if it is not the usual one.
	requestsPerSecond int

	// bucket gets the recorded files, if any.
	bucket *blob.Bucket

	// arguments are further flags of the operator.
	arguments []string
}

// school is what a benchmark works in: a namespace with the credentials of one
// account, a simulated Agora, and an operator of its own.
type school struct {
	// folder is where logs are kept.
	folder    string
	namespace string
	client    client.WithWatch
	agora     *agorasim.Simulator
	server    *agorasim.Server
	operator  *manager.Process
	changes   *changes

	// followUps is how many queries may follow uploads.
	followUps int
}

// open starts the parts of a school.
func (l *laboratory) open(ctx context.Context, options schoolOptions) (_ *school, err error) {
	limit := cmp.Or(options.requestsPerSecond, requestsPerSecond)
	s := &school{
		folder: l.folder,
		client: l.client,
		agora: agorasim.New(agorasim.Options{
			Credentials:       map[string]string{customerID: customerSecret},
			RequestsPerSecond: limit,
			Bucket:            options.bucket,
		}),
	}
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
	s.operator, err = manager.Start(ctx, manager.Options{
		Binary:     l.binary,
		Kubeconfig: l.plane.Kubeconfig,
		Arguments: append([]string{
			"--agora-endpoints=" + s.server.URL,
			"--watch-namespaces=" + s.namespace,
			"--notifications-namespace=" + s.namespace,
			fmt.Sprintf("--requests-per-second=%d", limit),
			// So long that no poll falls into what is measured, and no file list grows old.
			"--poll-interval=10m",
		}, options.arguments...),
		Output: l.log,
	})
	return s, err
}

func (s *school) createNamespace(ctx context.Context) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "school-"}}
	if err := s.client.Create(ctx, namespace); err != nil {
		return fmt.Errorf("create a namespace: %w", err)
	}
	s.namespace = namespace.Name
	return s.createSecret(ctx, secretName, map[string]string{
		v1alpha1.CustomerIDKey:         customerID,
		v1alpha1.CustomerSecretKey:     customerSecret,
		v1alpha1.NotificationSecretKey: notificationSecret,
	})
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
func manyLessons(count int, stop time.Duration) []agorasim.RecordingOptions {
	lessons := make([]agorasim.RecordingOptions, 0, count)
	for i := range count {
		lessons = append(lessons, lessonOptions(fmt.Sprintf("lesson-%d", i), stop))
	}
	return lessons
}

// record adds a recording that runs at Agora, and returns an object for it.
func (s *school) record(options agorasim.RecordingOptions) (*v1alpha1.CloudRecording, error) {
	recording, err := s.agora.AddRecording(options)
	if err != nil {
		return nil, fmt.Errorf("add recording %s: %w", options.CName, err)
	}
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: recording.CName},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: recording.AppID, CName: recording.CName, UID: recording.UID, Mode: v1alpha1.RecordingMode(recording.Mode),
			ResourceID: recording.ResourceID, SID: recording.SID,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: secretName},
		},
	}, nil
}

// adopt creates objects for new recordings, and waits until each has been
// polled once: their file lists are fresh.
func (s *school) adopt(ctx context.Context, recordings []agorasim.RecordingOptions) ([]*v1alpha1.CloudRecording, error) {
	lessons := make([]*v1alpha1.CloudRecording, 0, len(recordings))
	for _, options := range recordings {
		lesson, err := s.record(options)
		if err != nil {
			return nil, err
		}
		if err := s.client.Create(ctx, lesson); err != nil {
			return nil, fmt.Errorf("create object %s: %w", lesson.Name, err)
		}
		lessons = append(lessons, lesson)
	}
	for _, lesson := range lessons {
		if _, err := s.changes.await(ctx, lesson.Name, "polled", isPolled); err != nil {
			return nil, err
		}
	}
	return lessons, nil
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

// stopArrivals returns when the last stop of each recording arrived at Agora, by sid.
func (s *school) stopArrivals() map[string]time.Time {
	arrivals := map[string]time.Time{}
	for _, request := range s.agora.Requests() {
		if request.Method == agorasim.MethodStop {
			arrivals[request.SID] = request.Time
		}
	}
	return arrivals
}

// account returns what Agora counted of the account's requests.
func (s *school) account() agorasim.Account {
	return s.agora.Accounts()[0]
}

// check fails if a recording was not stopped, if Agora was asked more than one
// query and one stop of each, or if it answered 429. The log of requests is
// kept then.
func (s *school) check() error {
	var broken []error
	recordings := s.agora.Recordings()
	for _, r := range recordings {
		if r.Running || r.StopsTaken != 1 {
			broken = append(broken, fmt.Errorf("recording %s was not stopped", r.CName))
		}
	}
	account := s.account()
	if account.RateLimited > 0 {
		broken = append(broken, fmt.Errorf("%d requests were answered 429", account.RateLimited))
	}
	if expected := len(recordings) * 2; account.Requests < expected || account.Requests > expected+s.followUps {
		broken = append(broken, fmt.Errorf("%d requests arrived at Agora, not the expected %d", account.Requests, expected))
	}
	if len(broken) == 0 {
		return nil
	}
	return errors.Join(append(broken, s.keepRequests())...)
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
