// SPDX-License-Identifier: Apache-2.0

// Package faults provides the environment of a campaign, and carries out the planned
// disturbances of the API server, of Agora, of the operators, and of the connections between
// them.
package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
	"cloudrecording.dev/operator/hack/testenv"
)

// Settings configure the environment of a campaign.
type Settings struct {
	Seed uint64
	// Lasts is how long disturbances last.
	Lasts time.Duration
	// Folder is the folder for logs.
	Folder string
	// Binary is the path of the operator's binary. If it is empty, the operator is built.
	Binary   string
	Progress io.Writer
}

// Environment is the environment of a campaign.
type Environment struct {
	*testenv.Environment
	Settings
	// End stops everything.
	End   func() error
	users users
	vault *vault
	Fleet *Fleet

	apiServer     *apiServerProxy
	bucketProxy   *faultProxy
	Agora         *agorasim.Simulator
	agoraProxy    *agoraProxy
	notifications *notificationProxy
	WatchLog      *record.WatchLog

	// recordings are the planned recordings by channel.
	recordings map[string]plan.Recording

	restarting sync.Mutex
	Stalls     record.Stalls
	// unwritable are the times during which an object's status could not be written. deadlines
	// are the times by which stops had to be requested.
	unwritable record.Log[record.OfObject]
	deadlines  record.Log[record.Deadline]

	mu sync.Mutex
	// faults are the kinds as which the simulator's faults are counted, by fault ID.
	faults map[string]string
	// moves are the times of the latest moves of recorders, by sid.
	moves map[string]time.Time
}

// Start builds and starts everything except the operators.
func Start(ctx context.Context, s Settings, recordings map[string]plan.Recording) (_ *Environment, err error) {
	e := &Environment{Settings: s, recordings: recordings, faults: map[string]string{}, moves: map[string]time.Time{}}
	logs, err := os.Create(filepath.Join(s.Folder, "controlplane.log"))
	if err != nil {
		return nil, fmt.Errorf("create the control plane's log: %w", err)
	}
	e.Environment, err = testenv.Start(ctx, testenv.Options{
		Operator: s.Binary, Bucket: true, ControlPlaneLog: logs, Announce: func(step string) { e.Say("%s", step) },
	})
	if err != nil {
		return nil, errors.Join(err, logs.Close())
	}
	e.End = func() error { return errors.Join(e.Run(), logs.Close()) }
	defer func() {
		if err != nil {
			err = errors.Join(err, e.End())
		}
	}()
	e.users = users{e.Client}
	e.vault = newVault(s.Seed, e.Bucket.Reader, e.Bucket.Server.SecretKey)
	for _, step := range []func(context.Context) error{e.startProxies, e.startAgora, e.addReplicas, e.createObjects, e.watch} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// watch starts to record the changes of objects.
func (e *Environment) watch(ctx context.Context) (err error) {
	if e.WatchLog, err = record.NewWatchLog(ctx, e.ControlPlane.EtcdURL, e.Folder, e.looksWhole); err == nil {
		e.Add(e.WatchLog.Close)
	}
	return err
}

const (
	writtenInterval = 20 * time.Millisecond
	writtenTimeout  = time.Second
)

// looksWhole reports whether all files of a recording are in the bucket. The bucket may show
// the last file a moment before the simulator knows that it is written.
func (e *Environment) looksWhole(sid string) bool {
	return Until(context.Background(), writtenTimeout, writtenInterval, func() bool {
		recording, _ := e.Agora.Recording(sid)
		return recording.LooksWhole
	})
}

// startProxies starts the proxies in front of the API server and the bucket.
func (e *Environment) startProxies(context.Context) (err error) {
	if e.apiServer, err = newAPIServerProxy(e.ControlPlane.Config); err != nil {
		return err
	}
	e.Add(e.apiServer.close)
	if e.bucketProxy, err = newBucketProxy(e.Bucket.Server.Endpoint); err != nil {
		return err
	}
	e.Add(e.bucketProxy.close)
	return nil
}

// storage returns the spec.storage of objects.
func (e *Environment) storage() *v1alpha1.StorageSpec {
	const selfBuilt = 11
	return &v1alpha1.StorageSpec{
		Vendor: selfBuilt, Bucket: testenv.BucketName, Endpoint: e.bucketProxy.server.URL,
		ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: plan.BucketSecret},
	}
}

const (
	requestLogSize  = 1 << 20
	receiverTimeout = 10 * time.Second
)

func (e *Environment) startAgora(context.Context) error {
	credentials, owners, appIDs, certificates := map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	for _, a := range plan.Accounts() {
		appIDs[a.AppID] = a.Name
		if a.Certified {
			certificates[a.AppID] = e.vault.certificate
		}
		for _, customer := range a.AllCustomers() {
			credentials[customer], owners[customer] = e.vault.of(customer), a.Name
		}
	}
	e.Agora = agorasim.New(agorasim.Options{
		Credentials: credentials, AppIDs: appIDs, AppCertificates: certificates, Speed: plan.Speed, RequestsPerSecond: plan.DefaultLimit,
		Bucket: e.Bucket.Bucket, RequestLogSize: requestLogSize, NotificationTimeout: receiverTimeout,
		StateClockTime: true, UnixSliceNames: true, StartupStep: plan.StartupStep, ResourceIDValidity: plan.ResourceIDValidity, Scenario: e.scenario,
	})
	for customer, owner := range owners {
		e.Agora.SetAccount(customer, owner)
	}
	for _, a := range plan.Accounts() {
		e.Agora.SetRequestsPerSecond(a.Customers[0], a.Limit)
	}
	e.agoraProxy = &agoraProxy{agora: e.Agora, accountOf: func(customer, secret string) string {
		if secret == "" || e.vault.of(customer) != secret {
			return ""
		}
		return owners[customer]
	}}
	return nil
}

// addReplicas adds the operators, and the proxy that forwards notifications to those of the
// main shard.
func (e *Environment) addReplicas(ctx context.Context) error {
	e.Fleet = &Fleet{binary: e.Operator, apiServer: e.apiServer, folder: e.Folder, arguments: operatorFlags(e.bucketProxy.server.URL)}
	e.Add(e.Fleet.close)
	for _, of := range plan.Replicas() {
		if err := e.Fleet.add(ctx, of, e.agoraProxy); err != nil {
			return err
		}
	}
	var receivers []string
	for _, r := range e.Fleet.of(plan.ShardMain) {
		receivers = append(receivers, r.receiver)
	}
	e.notifications = newNotificationProxy(receivers, e.vault.signed)
	e.Add(e.notifications.close)
	e.Add(func() error { e.Agora.Close(); return nil })
	return nil
}

// createObjects creates the namespaces and Secrets.
func (e *Environment) createObjects(ctx context.Context) error {
	for _, name := range append(plan.Namespaces(), plan.OperatorNamespace) {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := e.Client.Create(ctx, namespace); err != nil {
			return fmt.Errorf("create namespace %s: %w", name, err)
		}
	}
	return errors.Join(e.mendSecrets(ctx, func(plan.Object) bool { return true }), e.setReceivers())
}

// mendSecrets restores the valid content of the selected Secrets.
func (e *Environment) mendSecrets(ctx context.Context, isWanted func(plan.Object) bool) error {
	for _, secret := range plan.Secrets() {
		if !isWanted(secret) {
			continue
		}
		if err := e.users.putSecret(ctx, secret, func() map[string]string { return e.vault.content(secret) }); err != nil {
			return err
		}
	}
	return nil
}

// setReceivers makes Agora send notifications, signed with the current secrets.
func (e *Environment) setReceivers() error {
	receivers := map[string]notify.Receiver{}
	for _, a := range plan.Accounts() {
		if !a.Silent {
			receivers[a.AppID] = notify.Receiver{URL: e.notifications.server.URL, Secret: e.vault.of(a.Name)}
		}
	}
	return e.Agora.SetNotifications(notify.Settings{AppIDs: receivers})
}

// scenario returns the scenario of a recording that the operator starts. With a wrong token or
// key, no recorder comes up.
func (e *Environment) scenario(request agorasim.StartRequest) agorasim.Scenario {
	planned := e.recordings[request.CName]
	scenario := planned.Options.Scenario
	scenario.NeverUp = planned.Outcome == plan.OutcomeNeverUp || !e.vault.opens(request)
	return scenario
}

// RecordingOf returns the state at Agora of a recording, if it has begun.
func (e *Environment) RecordingOf(r plan.Recording) (agorasim.Recording, bool) {
	return e.Agora.LatestRecording(r.Options.AppID, r.Options.CName, r.Options.UID)
}

// noteFault records the kind as which a fault of the simulator is counted.
func (e *Environment) noteFault(id, kind string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults[id] = kind
}

// Struck returns how often faults took effect, by kind.
func (e *Environment) Struck() map[string]int {
	struck := record.Count(slices.Concat(e.apiServer.struck.All(), e.bucketProxy.struck.All(), e.agoraProxy.struck.All()))
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, request := range e.Agora.Requests() {
		if kind, ok := e.faults[callsPrefix+request.Fault]; ok {
			struck[kind]++
		}
	}
	for _, delivery := range e.Agora.Deliveries() {
		if kind, ok := e.faults[notificationsPrefix+delivery.Fault]; ok {
			struck[kind]++
		}
	}
	return struck
}

// Collect adds everything that the environment recorded to the records.
func (e *Environment) Collect(seen *record.Records) {
	seen.Answers, seen.Notifications, seen.Recordings = e.agoraProxy.answers.All(), e.notifications.notifications.All(), e.Agora.Recordings()
	seen.Unwritable, seen.Deadlines, seen.Outgrown = e.unwritable.All(), e.deadlines.All(), e.apiServer.outgrown.All()
	seen.Troubles, seen.Stalls = e.apiServer.troubles.All(), e.Stalls.All()
	seen.Accounts, seen.Secrets, seen.Processes = plan.Accounts(), e.vault.secrets(), e.Fleet.processes()
	seen.Schedules = e.WatchLog.Schedules()
	seen.Leases = e.apiServer.leases.All()
	seen.Certificates = e.vault.allCertificates()
	for _, a := range seen.Answers {
		if a.Token != "" {
			seen.Secrets[a.Token[:min(len(a.Token), tellingPart)]] = "token of a start of the channel " + a.CName
		}
	}
}

// tellingPart is the length of a prefix that identifies a token, so that a truncated token is
// found too.
const tellingPart = 64

// EndDisturbances ends all disturbances.
func (e *Environment) EndDisturbances(ctx context.Context) error {
	e.Agora.ClearFaults()
	e.Agora.ClearNotificationFaults()
	e.agoraProxy.setKills(func([]plan.Action) []plan.Action { return nil })
	e.apiServer.clear()
	e.bucketProxy.clear()
	if err := e.Fleet.recover(); err != nil {
		return err
	}
	// The restart ends requests that hang.
	e.Agora.Restart(0)
	return e.mendSecrets(ctx, func(secret plan.Object) bool { return secret.Namespace != plan.NamespaceGone })
}

// Say prints a progress message.
func (e *Environment) Say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(e.Progress, format+"\n", arguments...)
}

// Sleep returns after a duration, or when the context ends.
func Sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// Until checks a condition at an interval until it holds or the time is over. It reports
// whether the condition holds.
func Until(ctx context.Context, limit, interval time.Duration, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !holds() {
		if ctx.Err() != nil {
			return false
		}
		Sleep(ctx, interval)
	}
	return true
}
