// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// tenantTrials are stops of another tenant before the objects are created, and as
	// many while they are.
	tenantTrials = 150

	// tenantSecrets are Secrets with finalizers of so many bytes, near the most that
	// etcd takes.
	tenantSecrets        = 350
	tenantFinalizerBytes = 1_300_000

	// tenantRecordings are recordings as large as the API server takes them.
	tenantRecordings = 1_000

	// tenantRest is how long memory is left to settle.
	tenantRest = 10 * time.Second
)

// burden is what a tenant creates.
type burden struct {
	what   string
	count  int
	create func(ctx context.Context, s *school, namespace string, number int) error
}

// measureTenant measures what one who may write objects can take from all others:
// the operator's memory, and the time until a stop.
func measureTenant(ctx context.Context, l *laboratory) ([]row, error) {
	burdens := []burden{
		{"Secrets with 1.3 MB of finalizers", l.scaled(tenantSecrets), createLargeSecret},
		{"recordings of the greatest size", l.scaled(tenantRecordings), createLargeRecording},
	}
	var rows []row
	for _, b := range burdens {
		measured, err := measureBurden(ctx, l, b)
		rows = append(rows, measured...)
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// measureBurden measures memory and stops while objects are created. The floor of the
// stops is what they take while the same objects are created where the operator does not
// look, and only the API server is busy with them.
func measureBurden(ctx context.Context, l *laboratory, b burden) (rows []row, err error) {
	tenant := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "tenant-"}}
	unwatched := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "unwatched-"}}
	for _, namespace := range []*corev1.Namespace{tenant, unwatched} {
		if err := l.client.Create(ctx, namespace); err != nil {
			return nil, fmt.Errorf("create a namespace: %w", err)
		}
	}
	s, err := l.open(ctx, schoolOptions{namespaces: []string{tenant.Name}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	lessons, err := s.adopt(ctx, s.accounts[0], manyLessons("lesson", 3*l.scaled(tenantTrials), 0))
	if err != nil {
		return nil, err
	}
	third := len(lessons) / 3
	calm, err := s.tryAll(ctx, lessons[:third])
	if err != nil {
		return nil, err
	}
	l.say("  creating %d %s where the operator does not look", b.count, b.what)
	elsewhere, err := b.createDuring(ctx, s, unwatched.Name, lessons[third:2*third])
	if err != nil {
		return nil, err
	}
	if err := sleep(ctx, tenantRest); err != nil {
		return nil, err
	}
	used, err := watchMemory(s.operator.PID())
	if err != nil {
		return nil, err
	}
	l.say("  creating %d %s where it does", b.count, b.what)
	crowded, err := b.createDuring(ctx, s, tenant.Name, lessons[2*third:])
	if err != nil {
		return nil, err
	}
	if err := sleep(ctx, tenantRest); err != nil {
		return nil, err
	}
	peak, err := used.peak()
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d %s", b.count, b.what)
	return []row{
		sizeRow(what+": peak memory above nothing", peak, "< 100 MiB"),
		durationRow(what+": another tenant's stop meanwhile, p50",
			percentile(crowded.reactions, 50), percentile(elsewhere.reactions, 50), "-"),
		durationRow(fmt.Sprintf("%s: another tenant's stop meanwhile, p99 of %d", what, third),
			percentile(crowded.reactions, 99), percentile(elsewhere.reactions, 99), "floor + 50 ms"),
		durationRow(what+": another tenant's stop before, p99",
			percentile(calm.reactions, 99), percentile(calm.watches, 99), "-"),
	}, s.check()
}

// createDuring creates the objects in a namespace, and stops recordings meanwhile.
func (b burden) createDuring(ctx context.Context, s *school, namespace string, lessons []*v1alpha1.CloudRecording) (trials, error) {
	created := make(chan error, 1)
	go func() { created <- b.createAll(ctx, s, namespace) }()
	tried, err := s.tryAll(ctx, lessons)
	return tried, errors.Join(err, <-created)
}

// createAll creates one object after another. Some at once fill the API server of a
// machine of two cores, and a mere watch shows nothing for as long as that takes.
func (b burden) createAll(ctx context.Context, s *school, namespace string) error {
	for number := range b.count {
		if err := b.create(ctx, s, namespace, number); err != nil {
			return err
		}
	}
	return nil
}

// createLargeSecret creates a Secret of which most are finalizers.
func createLargeSecret(ctx context.Context, s *school, namespace string, number int) error {
	const finalizer = 200
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("large-%d", number)}}
	for i := range tenantFinalizerBytes / finalizer {
		name := fmt.Sprintf("%063d", i)
		domain := strings.Repeat(strings.Repeat("d", 33)+".", 4) + "com"
		secret.Finalizers = append(secret.Finalizers, domain[:finalizer-len(name)-4]+"/"+name)
	}
	if err := s.client.Create(ctx, secret); err != nil {
		return fmt.Errorf("create the Secret %s: %w", secret.Name, err)
	}
	return nil
}

// createLargeRecording creates a suspended recording, with texts as long as the
// API server takes them, of characters of four bytes.
func createLargeRecording(ctx context.Context, s *school, namespace string, number int) error {
	name := fmt.Sprintf("large-%d", number)
	wide := func(count int) string { return strings.Repeat("\U0001F3A5", count) }
	recording := &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Annotations: map[string]string{"example.com/note": wide(60 << 10)}},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: "0123456789abcdef0123456789abcdef", CName: name, UID: "1", Mode: v1alpha1.MixMode, Suspend: true,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: s.accounts[0].secretName},
			Storage:              &v1alpha1.StorageSpec{Vendor: 1, Bucket: "b", CredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: "bucket"}},
			Start: &v1alpha1.StartSpec{RecordingConfig: &v1alpha1.RecordingConfig{
				MaxIdleTime: 30, PrivateParams: `{"note":"` + wide(4000) + `"}`,
			}},
		},
	}
	for i := range 16 {
		recording.Spec.Start.RawParameters = append(recording.Spec.Start.RawParameters,
			v1alpha1.RawParameter{Name: fmt.Sprintf("newMember%d", i), Value: `"` + wide(4000) + `"`})
		recording.Spec.Start.ExcludeResourceIDs = append(recording.Spec.Start.ExcludeResourceIDs, fmt.Sprintf("%01020d", i))
	}
	if err := s.client.Create(ctx, recording); err != nil {
		return fmt.Errorf("create the recording %s: %w", name, err)
	}
	return nil
}
