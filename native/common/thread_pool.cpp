#include "common/thread_pool.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace halolaw {

namespace {

/// One parallelFor call; late helpers find no block and return.
struct Task {
  size_t blocks;
  const BlockBody* body;
  std::atomic<size_t> next{0};
  std::atomic<int> nextThread{1};
  int maxHelpers;
  int running = 0;  // helpers inside, guarded by the pool's mutex
  std::exception_ptr error;
  std::mutex errorMutex;

  void work(int thread) {
    for (size_t block = next.fetch_add(1); block < blocks; block = next.fetch_add(1)) {
      try {
        (*body)(block, thread);
      } catch (...) {
        std::lock_guard<std::mutex> lock(errorMutex);
        if (!error) error = std::current_exception();
        next.store(blocks);
      }
    }
  }
};

/// Sleeping threads shared by all calls; grows to the largest number requested and lives as long as the process.
class Pool {
 public:
  void run(Task& task, int helpers) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      while (static_cast<int>(threads_) < helpers) {
        std::thread([this] { loop(); }).detach();
        ++threads_;
      }
      tasks_.push_back(&task);
    }
    wake_.notify_all();
    task.work(0);
    std::unique_lock<std::mutex> lock(mutex_);
    for (size_t i = 0; i < tasks_.size(); ++i)
      if (tasks_[i] == &task) tasks_.erase(tasks_.begin() + static_cast<long>(i));
    done_.wait(lock, [&] { return task.running == 0; });
  }

 private:
  void loop() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      Task* open = nullptr;
      wake_.wait(lock, [&] {
        for (Task* task : tasks_)
          if (task->next.load() < task->blocks && task->nextThread.load() <= task->maxHelpers) {
            open = task;
            return true;
          }
        return false;
      });
      const int thread = open->nextThread.fetch_add(1);
      ++open->running;
      lock.unlock();
      open->work(thread);
      lock.lock();
      if (--open->running == 0) done_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::vector<Task*> tasks_;
  int threads_ = 0;
};

Pool& pool() {
  static Pool* instance = new Pool;  // never destroyed: its threads outlive static destruction
  return *instance;
}

}  // namespace

void parallelFor(size_t blocks, int threads, BlockBody body) {
  Task task;
  task.blocks = blocks;
  task.body = &body;
  task.maxHelpers = threads - 1;
  if (threads <= 1 || blocks <= 1) {
    task.work(0);
  } else {
    pool().run(task, threads - 1);
  }
  if (task.error) std::rethrow_exception(task.error);
}

}  // namespace halolaw
