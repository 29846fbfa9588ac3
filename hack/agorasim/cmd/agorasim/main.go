// SPDX-License-Identifier: Apache-2.0

// The agorasim command serves a simulator of Agora Cloud Recording.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/fileblob"  // file://
	_ "gocloud.dev/blob/memblob"   // mem://
	_ "gocloud.dev/blob/s3blob"    // s3://

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/admin"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

// Help texts before the flags, and after them for the admin interface.
var (
	//go:embed help.txt
	help string
	//go:embed admin.txt
	adminHelp string
)

// settings are the command's flags.
type settings struct {
	listen      string
	adminListen string
	bucketURL   string
	options     agorasim.Options
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx.Done(), os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "agorasim:", err)
		os.Exit(1)
	}
}

// run serves until end is closed.
func run(end <-chan struct{}, arguments []string, output, diagnostics io.Writer) error {
	settings, err := parse(arguments, diagnostics)
	if err != nil {
		return err
	}
	if settings.bucketURL != "" {
		bucket, err := blob.OpenBucket(context.Background(), settings.bucketURL)
		if err != nil {
			return fmt.Errorf("open the bucket of --bucket-url: %w", err)
		}
		defer func() { _ = bucket.Close() }()
		settings.options.Bucket = bucket
	}
	simulator := agorasim.New(settings.options)
	defer simulator.Close()
	server, err := simulator.Listen(settings.listen)
	if err != nil {
		return err
	}
	adminServer, err := agorasim.Listen(settings.adminListen, admin.Handler(simulator))
	if err != nil {
		return errors.Join(err, server.Close())
	}
	_, _ = fmt.Fprintf(output, "Agora's API: %s\nAdmin interface: %s\n", server.URL, adminServer.URL)
	for _, id := range slices.Sorted(maps.Keys(settings.options.Credentials)) {
		_, _ = fmt.Fprintf(output, "Customer ID: %s\n", id)
	}
	<-end
	return errors.Join(server.Close(), adminServer.Close())
}

func parse(arguments []string, diagnostics io.Writer) (settings, error) {
	var s settings
	var credentials, certificates, publishers string
	flags := flag.NewFlagSet("agorasim", flag.ContinueOnError)
	flags.SetOutput(diagnostics)
	flags.Usage = func() {
		_, _ = fmt.Fprint(diagnostics, help)
		flags.PrintDefaults()
		_, _ = fmt.Fprint(diagnostics, adminHelp)
	}
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8700", "address of Agora's API")
	flags.StringVar(&s.adminListen, "admin-listen", "127.0.0.1:8701", "address of the admin interface, which has no authentication")
	flags.StringVar(&credentials, "credentials", "demo-id:demo-secret", "accepted pairs `ID:SECRET`, separated by commas")
	flags.IntVar(&s.options.RequestsPerSecond, "requests-per-second", 10, "limit of an account, in real time; -1 for none")
	flags.Float64Var(&s.options.Speed, "speed", 1, "simulated seconds that pass in a second")
	flags.DurationVar(&s.options.UploadDuration, "upload-duration", 2*time.Second, "how long a recorder uploads after its end, in simulated time")
	flags.DurationVar(&s.options.ExitAfter, "exit-after", 5*time.Second, "how long a recorder stays after its upload before it answers 404, in simulated time")
	flags.StringVar(&s.options.UploadingStatus, "uploading-status", recorder.UploadingStatusUploaded,
		"outcome of uploads: uploaded, backuped, unknow, unknown or absent")
	flags.StringVar(&publishers, "publishers", "123", "users who publish in the channel of a started recording, separated by commas; nobody if empty")
	flags.DurationVar(&s.options.STSRefreshInterval, "sts-refresh-interval", time.Hour,
		"how long a recorder uploads with an STS token before it needs a fresh one by update, in simulated time; without end if 0")
	flags.StringVar(&certificates, "app-certificates", "",
		"App Certificates of projects, as pairs `APPID:CERTIFICATE`, separated by commas: tokens are verified there, and end recorders")
	flags.StringVar(&s.bucketURL, "bucket-url", "", "`URL` of the bucket that gets what is recorded, such as "+
		"file:///tmp/recordings, azblob://recordings or s3://recordings?endpoint=http://127.0.0.1:7070&region=us-east-1&use_path_style=true, "+
		"with the credentials in the environment; none if empty")
	flags.IntVar(&s.options.Slices, "slices", 0, "slices of each index in the end; as many as the recorded time makes, five at the most, if 0")
	flags.StringVar(&s.options.Notifications.URL, "notifications-url", "", "receiver of notifications; none are sent if empty")
	flags.StringVar(&s.options.Notifications.Secret, "notifications-secret", "demo-notification-secret", "secret that signs notifications")
	if err := flags.Parse(arguments); err != nil {
		return settings{}, fmt.Errorf("read the flags: %w", err)
	}
	if err := refuse(flags.Args(), s.options); err != nil {
		return settings{}, err
	}
	s.options.UploadDuration = zeroAsNone(s.options.UploadDuration)
	s.options.ExitAfter = zeroAsNone(s.options.ExitAfter)
	s.options.STSRefreshInterval = zeroAsNone(s.options.STSRefreshInterval)
	s.options.Publishers = split(publishers)
	var err error
	if s.options.Credentials, err = pairs("credentials", "ID:SECRET", credentials); err != nil {
		return settings{}, err
	}
	if len(s.options.Credentials) == 0 {
		return settings{}, errors.New("--credentials must hold a pair at least: nobody could authenticate")
	}
	s.options.AppCertificates, err = pairs("app-certificates", "APPID:CERTIFICATE", certificates)
	return s, err
}

// refuse returns an error for invalid arguments or options.
func refuse(arguments []string, options agorasim.Options) error {
	if len(arguments) > 0 {
		return fmt.Errorf("unexpected argument %q", arguments[0])
	}
	outcomes := []string{
		recorder.UploadingStatusUploaded, recorder.UploadingStatusBackuped,
		recorder.UploadingStatusUnknow, recorder.UploadingStatusUnknown, recorder.UploadingStatusAbsent,
	}
	if !slices.Contains(outcomes, options.UploadingStatus) {
		return errors.New("--uploading-status must be one of " + strings.Join(outcomes, ", "))
	}
	if err := refuseNumbers(options); err != nil {
		return err
	}
	if err := options.Notifications.Validate(); err != nil {
		return fmt.Errorf("--notifications-url: %w", err)
	}
	return nil
}

// refuseNumbers returns an error for an invalid number or duration.
func refuseNumbers(options agorasim.Options) error {
	for _, rule := range []struct {
		broken bool
		rule   string
	}{
		{!simtime.IsSpeed(options.Speed), fmt.Sprintf("--speed must be above 0, and %v at the most", simtime.MaxSpeed)},
		{options.RequestsPerSecond == 0, "--requests-per-second must not be 0; -1 for no limit"},
		{min(options.UploadDuration, options.ExitAfter) < 0, "--upload-duration and --exit-after must not be negative"},
		{options.STSRefreshInterval < 0, "--sts-refresh-interval must not be negative"},
		{options.Slices < 0, "--slices must not be negative"},
	} {
		if rule.broken {
			return errors.New(rule.rule)
		}
	}
	return nil
}

// zeroAsNone converts a zero duration to the value that means zero in the options.
func zeroAsNone(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

func split(list string) []string {
	elements := []string{}
	for element := range strings.SplitSeq(list, ",") {
		if element = strings.TrimSpace(element); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}

// pairs parses the pairs in a flag.
func pairs(name, form, list string) (map[string]string, error) {
	var secrets map[string]string
	for _, pair := range split(list) {
		id, secret, ok := strings.Cut(pair, ":")
		if !ok || id == "" || secret == "" {
			return nil, fmt.Errorf("--%s must be pairs %s, separated by commas", name, form)
		}
		if secrets == nil {
			secrets = map[string]string{}
		}
		secrets[id] = secret
	}
	return secrets, nil
}
